{#
    The value of a parameter in the year of a row. Parameters are data (seed `parameters`).
#}
{% macro parameter(name, year) -%}
    (
        select p.value from {{ ref('parameters') }} as p
        where p.parameter = '{{ name }}'
            and {{ in_force('p', year) }}
    )
{%- endmacro %}
