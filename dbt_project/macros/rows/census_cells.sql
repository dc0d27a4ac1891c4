{#
    The census lines in force, cell by cell. A word or an amount in another unit shows what stands in its cell.
    `columns` are the columns of the lines that are told cell by cell, as DuckDB selects them; `condition` the lines.
#}
{% macro census_cells(
    columns='* exclude (census_year, county_code, school_id, form, file_sha256, row)', condition=none
) -%}
with texts as (
    select
        census_year, county_code, school_id, form, file_sha256, row,
        cast(columns({{ columns }}) as varchar)
    from {{ ref('lineage_lines') }}
    {{ 'where ' ~ condition if condition }}
),

cells as (
    select * from {{ cell_by_cell('texts', ['census_year', 'county_code', 'school_id', 'form', 'file_sha256', 'row']) }}
),

written as (
    select census_year, county_code, school_id, value, replace(name, '.written', '') as name
    from cells
    where name like '%.written'
)

select
    c.census_year,
    c.county_code,
    c.school_id,
    p.stage,
    p.measure,
    case when not coalesce(m.is_set_aside, false) and k.is_number then cast(c.value as double) end as value,
    coalesce(
        m.raw_text,
        w.value,
        case when k.is_number then {{ format_number('try_cast(c.value as double)') }} else c.value end
    ) as raw_value,
    case
        when m.is_set_aside then 'quarantined'
        when c.value is null then 'not_reported'
        else 'loaded'
    end as status,
    f.file_name,
    c.file_sha256,
    p.sheet,
    p.column_letter || cast(coalesce(p.line, c.row) as varchar) as cell,
    c.form,
    c.census_year as form_year
from cells as c
inner join {{ ref('lineage_cell_locations') }} as p
    on c.census_year = p.census_year and c.county_code = p.county_code and c.file_sha256 = p.file_sha256
        and c.name = p.stage || '.' || p.measure
inner join {{ ref('measures') }} as s on p.measure = s.measure
cross join lateral (select s.kind in ('count', 'amount', 'number') as is_number) as k
inner join {{ ref('lineage_files') }} as f
    on c.census_year = f.census_year and c.county_code = f.county_code and c.file_sha256 = f.file_sha256
left join {{ ref('lineage_cell_issues') }} as m
    on c.census_year = m.census_year and c.county_code = m.county_code and c.file_sha256 = m.file_sha256
        and c.row = m.row and p.stage = m.stage and p.measure = m.measure
left join written as w
    on c.census_year = w.census_year and c.county_code = w.county_code and c.school_id = w.school_id and c.name = w.name
{%- endmacro %}
