{#
    The figures of the criterion that is shown for the whole indicator, in a struct, null where that criterion has none:
    the one of least `precedence`, and of equals always the same, the last by name.
#}
{% macro headline(columns) -%}
    arg_max_null({
        {%- for column in columns %}'{{ column }}': {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
    }, row(-precedence, part))
{%- endmacro %}
