{# Whether a figure holds against its threshold, by the comparator of seed `indicators`. #}
{% macro holds(figure, comparator, threshold) -%}
    (case {{ comparator }}
        when '<' then {{ below(figure, threshold) }}
        when '<=' then {{ at_most(figure, threshold) }}
        else {{ at_least(figure, threshold) }}
    end)
{%- endmacro %}
