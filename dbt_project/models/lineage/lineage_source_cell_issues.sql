-- Their cells that were not plain, and what a check set aside: a cell, or a whole line (measure '').
with cell_issues as (
    select f.source, f.year, f.county_code, f.file_sha256, m.row, m.measure, m.raw_text, false as is_set_aside
    from {{ ref('lineage_source_files') }} as f
    inner join {{ source('bronze', 'cell_issues') }} as m using (source, year, file_sha256)
    union all
    select f.source, f.year, f.county_code, f.file_sha256, q.row, coalesce(q.measure, ''), null, true
    from {{ ref('lineage_source_files') }} as f
    inner join {{ source('bronze', 'quarantined_cells') }} as q using (source, year, county_code, file_sha256)
)

select source, year, county_code, file_sha256, row, measure, max(raw_text) as raw_text,
    bool_or(is_set_aside) as is_set_aside
from cell_issues
group by source, year, county_code, file_sha256, row, measure
