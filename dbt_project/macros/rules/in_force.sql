{# Whether a dated row of the rules holds in a year: from valid_from_year to valid_to_year, an open end holds on. #}
{% macro in_force(row, year) -%}
    {{ year }} between {{ row }}.valid_from_year and coalesce({{ row }}.valid_to_year, 9999)
{%- endmacro %}
