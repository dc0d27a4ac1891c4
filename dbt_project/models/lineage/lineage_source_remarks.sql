-- Their cells that were not plain, and what a check set aside: a cell, or a whole line (measure '').
with remarks as (
    select f.source, f.year, f.county_code, f.file_sha256, m.row, m.measure, m.raw_text, false as is_set_aside
    from {{ ref('lineage_source_files') }} as f
    inner join {{ source('bronze', 'remarks') }} as m using (source, year, file_sha256)
    union all
    select f.source, f.year, f.county_code, f.file_sha256, q.row, coalesce(q.measure, ''), null, true
    from {{ ref('lineage_source_files') }} as f
    inner join {{ source('bronze', 'cells_set_aside') }} as q using (source, year, county_code, file_sha256)
)

select source, year, county_code, file_sha256, row, measure, max(raw_text) as raw_text,
    bool_or(is_set_aside) as is_set_aside
from remarks
group by source, year, county_code, file_sha256, row, measure
