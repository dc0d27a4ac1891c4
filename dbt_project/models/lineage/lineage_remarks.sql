-- Cells that were not plain, or were set aside by a check.
with remarks as (
    select year, file_sha256, row, stage, measure, raw_text, false as is_set_aside
    from {{ source('bronze', 'remarks') }}
    where source = 'census'
    union all
    select year, file_sha256, row, stage, measure, null, true
    from {{ source('bronze', 'cells_set_aside') }}
    where source = 'census' and stage is not null
)

select year as census_year, file_sha256, row, stage, measure, max(raw_text) as raw_text, bool_or(is_set_aside) as is_set_aside
from remarks
where file_sha256 in (select f.file_sha256 from {{ ref('lineage_files') }} as f)
group by year, file_sha256, row, stage, measure
