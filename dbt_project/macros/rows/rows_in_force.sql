{#
    Every row of the newest file of a form, per county and year: its keys as delivered, its figures null where a
    check set them aside. `is_set_aside`: something of the row was; `is_row_set_aside`: the row as a whole was.
    `statuses`: of files with another standing as well, where a newer file does not replace what older ones say.
#}
{% macro rows_in_force(source_name, form, keys, figures, statuses=['in_force']) -%}
    select
        l.year as data_year,
        d.county_code,
        l.file_sha256,
        l.row,
        {%- for key in keys %}
        l."all.{{ key }}" as {{ key }},
        {%- endfor %}
        {%- for figure in figures %}
        case when not coalesce(q.is_row or list_contains(q.measures, '{{ figure }}'), false) then l."all.{{ figure }}"
            end as {{ figure }},
        {%- endfor %}
        q.row is not null as is_set_aside,
        coalesce(q.is_row, false) as is_row_set_aside
    from {{ source('bronze', source_name ~ '_lines') }} as l
    inner join (
        select distinct year, county_code, file_sha256 from {{ source('bronze', 'deliveries') }}
        where source = '{{ source_name }}' and form = '{{ form }}' and status in ('{{ statuses | join("', '") }}')
    ) as d on l.year = d.year and l.file_sha256 = d.file_sha256
    left join (
        select year, county_code, file_sha256, row, bool_or(measure is null) as is_row, list(measure) as measures
        from {{ source('bronze', 'quarantined_cells') }}
        where source = '{{ source_name }}'
        group by year, county_code, file_sha256, row
    ) as q
        on l.year = q.year and d.county_code = q.county_code and l.file_sha256 = q.file_sha256 and l.row = q.row
    where l.kind = 'data'
{%- endmacro %}
