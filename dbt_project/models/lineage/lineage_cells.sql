-- Every value of the other sources' files in force, but for registers of persons, with the cell it stands in. A value
-- that could not be read at all has a remark and no value.
with cells as (
    select
        source, year, county_code, file_sha256, row, school_id,
        unnest(cells).measure as measure, unnest(cells).number as number, unnest(cells).text as text,
            unnest(cells).written as written
    from {{ ref('lineage_source_lines') }}
    union all
    select m.source, m.year, m.county_code, m.file_sha256, m.row, l.school_id, m.measure, null, null, null
    from {{ ref('lineage_source_cell_issues') }} as m
    inner join {{ ref('lineage_source_lines') }} as l using (source, year, county_code, file_sha256, row)
    where m.measure not in ('', 'person') and not list_contains([cell.measure for cell in l.cells], m.measure)
),

-- Rows set aside as a whole. A filter would do, but where it is known to leave nothing DuckDB 2.0 forgets a reader's
-- limit.
rows_set_aside as (
    select source, year, county_code, file_sha256, row, bool_or(is_set_aside and measure = '') as is_set_aside
    from {{ ref('lineage_source_cell_issues') }}
    group by all
)

select
    c.source,
    f.form,
    c.year,
    c.county_code,
    c.school_id,
    c.row,
    c.measure,
    case when not coalesce(m.is_set_aside or q.is_set_aside, false) then c.number end as value,
    coalesce(m.raw_text, c.written, c.text, {{ format_number('c.number') }}) as raw_value,
    case
        when coalesce(m.is_set_aside, false) or coalesce(q.is_set_aside, false) then 'quarantined'
        when c.number is null and c.text is null then 'not_reported'
        else 'loaded'
    end as status,
    f.file_name,
    c.file_sha256,
    p.sheet,
    p.column_letter || cast(c.row as varchar) as cell
from cells as c
inner join {{ ref('lineage_source_files') }} as f using (source, year, county_code, file_sha256)
inner join {{ ref('lineage_source_cell_locations') }} as p using (source, year, county_code, file_sha256, measure)
left join {{ ref('lineage_source_cell_issues') }} as m using (source, year, county_code, file_sha256, row, measure)
left join rows_set_aside as q using (source, year, county_code, file_sha256, row)
