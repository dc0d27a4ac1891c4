{#
    Fails with the keys that stand more than once: `columns` are the grain of the model. At night the model itself
    requires it (macro require_unique_rows).
#}
{% test unique_rows(model, columns) %}
    {{ repeated_keys(model, columns) }}
{% endtest %}
