-- Cells that were not plain, or were set aside by a check.
with cell_issues as (
    select f.census_year, f.county_code, f.file_sha256, m.row, m.stage, m.measure, m.raw_text, false as is_set_aside
    from {{ bronze_of_changed_counties('cell_issues') }} as m
    inner join {{ ref('lineage_files') }} as f on m.year = f.census_year and m.file_sha256 = f.file_sha256
    where m.source = 'census'
    union all
    select f.census_year, f.county_code, f.file_sha256, q.row, q.stage, q.measure, null, true
    from {{ source('bronze', 'quarantined_cells') }} as q
    inner join {{ ref('lineage_files') }} as f
        on q.year = f.census_year and q.county_code = f.county_code and q.file_sha256 = f.file_sha256
    where q.source = 'census' and q.stage is not null
)

select
    census_year, county_code, file_sha256, row, stage, measure,
    max(raw_text) as raw_text, bool_or(is_set_aside) as is_set_aside
from cell_issues
group by census_year, county_code, file_sha256, row, stage, measure
