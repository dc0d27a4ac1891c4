{# Every text of a group once, in order: a fifth of what the same takes as distinct and ordered string_agg. #}
{% macro list_distinct(text) -%}
    array_to_string(list_sort(list_distinct(list({{ text }}) filter (where {{ text }} is not null))), '; ')
{%- endmacro %}
