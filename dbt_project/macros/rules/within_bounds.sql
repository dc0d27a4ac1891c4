{# A figure kept within the bounds of its metric; an empty bound is none, an empty figure stays empty. #}
{% macro within_bounds(figure, smallest, largest) -%}
    case when {{ figure }} is not null then greatest(least({{ figure }}, coalesce({{ largest }}, {{ figure }})),
        coalesce({{ smallest }}, {{ figure }})) end
{%- endmacro %}
