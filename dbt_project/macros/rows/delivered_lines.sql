{#
    The data lines of a form's files of certain standings, each with its file's county and latest receipt, and with what
    checks set aside of it. A content delivered twice to a county counts once. `is_set_aside`: something of the line
    was; `is_row_set_aside`: the line as a whole was; `measures_set_aside`: the columns that were.
#}
{% macro delivered_lines(source_name, form, statuses=['in_force']) -%}
    select
        l.*,
        d.county_code as folder_county_code,
        d.seq,
        d.file_name,
        q.row is not null as is_set_aside,
        coalesce(q.is_row, false) as is_row_set_aside,
        q.measures as measures_set_aside
    from {{ source('bronze', source_name ~ '_lines') }} as l
    inner join (
        select year, county_code, file_sha256, max(seq) as seq, max_by(file_name, seq) as file_name
        from {{ source('bronze', 'deliveries') }}
        where source = '{{ source_name }}' and form = '{{ form }}' and status in ('{{ statuses | join("', '") }}')
        group by year, county_code, file_sha256
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
