{#
    Every row of the newest file of a form, per county and year: its keys as delivered, its figures null where a
    check set them aside. `statuses`: of files with another standing as well, where a newer file does not replace what
    older ones say.
#}
{% macro rows_in_force(source_name, form, keys, figures, statuses=['in_force']) -%}
    select
        year as data_year,
        folder_county_code as county_code,
        file_sha256,
        row,
        {%- for key in keys %}
        "all.{{ key }}" as {{ key }},
        {%- endfor %}
        {%- for figure in figures %}
        case when not coalesce(is_row_set_aside or list_contains(measures_set_aside, '{{ figure }}'), false)
            then "all.{{ figure }}" end as {{ figure }},
        {%- endfor %}
        is_set_aside,
        is_row_set_aside
    from ({{ delivered_lines(source_name, form, statuses) }}) as delivered
{%- endmacro %}
