-- One row per printed figure; a document delivered again replaces its former figures.
with entries as (
    select
        c.year, c.file_sha256, c.row,
        any_value(c.text) filter (where c.measure = 'document') as document,
        any_value(c.text) filter (where c.measure = 'county_code') as county_code,
        any_value(c.text) filter (where c.measure = 'metric') as metric,
        any_value(c.text) filter (where c.measure = 'metric_name_zh') as name_zh,
        any_value(c.number) filter (where c.measure = 'figure_year') as figure_year,
        any_value(c.number) filter (where c.measure = 'figure_value') as value,
        any_value(c.raw_text) filter (where c.measure = 'figure_value') as raw_value,
        any_value(c.text) filter (where c.measure = 'figure_unit') as unit,
        any_value(c.text) filter (where c.measure = 'figure_kind') as kind,
        any_value(c.text) filter (where c.measure = 'note') as note
    from {{ source('bronze', 'cells') }} as c
    where c.source = 'published'
    group by c.year, c.file_sha256, c.row
)

select
    e.document,
    e.county_code,
    e.metric,
    e.name_zh,
    cast(e.figure_year as integer) as year,
    e.value,
    coalesce(e.raw_value, cast(e.value as varchar)) as raw_value,
    e.unit,
    e.kind,
    e.note,
    d.file_name,
    e.file_sha256,
    p.sheet,
    p.column_letter || cast(e.row as varchar) as cell
from entries as e
inner join {{ source('bronze', 'deliveries') }} as d
    on d.source = 'published' and d.form = 'published_figures' and d.status = 'in_force'
    and e.year = d.year and e.file_sha256 = d.file_sha256
inner join {{ source('bronze', 'places') }} as p
    on p.source = 'published' and p.measure = 'figure_value' and e.year = p.year and e.file_sha256 = p.file_sha256
left join {{ source('bronze', 'cells_set_aside') }} as q
    on q.source = 'published' and e.year = q.year and e.file_sha256 = q.file_sha256 and e.row = q.row
where q.row is null
qualify row_number() over (partition by e.document, e.county_code, e.metric, e.figure_year, e.kind order by d.seq desc, e.row desc) = 1
