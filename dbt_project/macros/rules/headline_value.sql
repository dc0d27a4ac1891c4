{#
    A figure of the criterion that is shown for the whole indicator, null where that criterion has none: the one of
    least `precedence`, and of equals always the same, the last by name.
#}
{% macro headline_value(column) -%}
    arg_max_null({{ column }}, row(-precedence, part))
{%- endmacro %}
