-- One row per printed figure; the latest entry counts. The text as printed is kept: its decimals matter.
with entries as (
    select
        "all.document" as document,
        "all.county_code" as county_code,
        "all.metric" as metric,
        "all.metric_name_zh" as name_zh,
        "all.figure_unit" as unit,
        "all.figure_kind" as kind,
        "all.note" as note,
        "all.figure_year" as figure_year,
        "all.figure_value" as value,
        year,
        seq,
        file_name,
        file_sha256,
        row
    from ({{ delivered_lines('published', 'published_figures') }}) as delivered
    where not is_set_aside
)

select
    e.document,
    e.county_code,
    e.metric,
    e.name_zh,
    try_cast(e.figure_year as integer) as year,
    e.value,
    coalesce(v.raw_text, {{ format_number('e.value') }}) as raw_value,
    e.unit,
    e.kind,
    e.note,
    e.seq,
    e.file_name,
    e.file_sha256,
    p.sheet,
    p.column_letter || cast(e.row as varchar) as cell
from entries as e
inner join {{ source('bronze', 'cell_locations') }} as p
    on p.source = 'published' and p.measure = 'figure_value' and e.year = p.year and e.file_sha256 = p.file_sha256
left join {{ source('bronze', 'cell_issues') }} as v
    on v.source = 'published' and v.measure = 'figure_value' and e.year = v.year and e.file_sha256 = v.file_sha256
        and e.row = v.row
qualify row_number() over (partition by e.document, e.county_code, e.metric, e.figure_year, e.kind
order by e.seq desc, e.row desc) = 1
