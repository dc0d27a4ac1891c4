{# A figure of the part that is shown for the whole, null where that part has none. #}
{% macro headline_value(column) -%}
    arg_min_null({{ column }}, precedence)
{%- endmacro %}
