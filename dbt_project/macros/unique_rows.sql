{# Fails with the keys that stand more than once: `columns` are the grain of the model. #}
{% test unique_rows(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as n
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
