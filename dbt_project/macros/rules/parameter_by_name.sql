{# The same of a parameter whose name stands in a row. #}
{% macro parameter_by_name(name, year) -%}
    (
        select p.value from {{ ref('parameters') }} as p
        where p.parameter = {{ name }}
            and {{ in_force('p', year) }}
    )
{%- endmacro %}
