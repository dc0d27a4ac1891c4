{# Another view with the same parameters, for the same day. #}
{% macro ref_as_known(name) -%}
    {{ ref(name) }}(as_known_on, as_of)
{%- endmacro %}
