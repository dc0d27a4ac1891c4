{#
    A sum of fractions that is the same to the last digit in whatever order the rows come. Whole numbers are so by
    themselves; the others are added in order of size.
#}
{% macro sum_in_order(value) -%}
    case when count({{ value }}) > 0 then
        coalesce(sum({{ value }}) filter (where {{ value }} = trunc({{ value }})), 0)
        + coalesce(list_sum(list_sort(list({{ value }}) filter (where {{ value }} <> trunc({{ value }})))), 0)
    end
{%- endmacro %}
