{# The most telling of several reasons, by the order in seed `reasons`. #}
{% macro most_severe_reason(reason) -%}
    arg_min({{ reason }}, list_position((select list(r.reason order by r.priority) from {{ ref('reasons') }} as r),
        {{ reason }}))
        filter (where {{ reason }} is not null)
{%- endmacro %}
