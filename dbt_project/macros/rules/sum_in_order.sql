{# A sum of fractions that is the same to the last digit in whatever order the rows come: addends in order of size. #}
{% macro sum_in_order(value) -%}
    list_sum(list_sort(list({{ value }})))
{%- endmacro %}
