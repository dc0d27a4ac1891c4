{# Why a figure of a school's line is missing; null where it is there. `row` has the columns of `int_school_figures`. #}
{% macro figure_reason(row) -%}
    case
        when {{ row }}.missing_reason is not null then {{ row }}.missing_reason
        when list_contains({{ row }}.set_aside, {{ row }}.name) then 'quarantined'
        when {{ row }}.value is null then 'not_reported'
    end
{%- endmacro %}
