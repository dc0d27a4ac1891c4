-- The figures that R1-R7 need, as the line in force of each school reports them: one row per expected school, a column
-- `<stage>.<measure>` each. `set_aside` lists those that were set aside.
with set_aside as (
    select
        year, county_code, file_sha256, row,
        list_sort(list_distinct(list(stage || '.' || measure))) as set_aside
    from {{ source('bronze', 'quarantined_cells') }}
    where source = 'census' and stage is not null
    group by year, county_code, file_sha256, row
)

select
    r.census_year, r.county_code, r.school_id, r.school_type, r.missing_reason,
    q.set_aside,
    f.* exclude (year, file_sha256, row)
from {{ ref('int_school_roster') }} as r
inner join {{ ref('school_types') }} as t on r.school_type = t.school_type
left join {{ source('bronze', 'indicator_figures') }} as f
    on r.missing_reason is null and r.census_year = f.year and r.file_sha256 = f.file_sha256 and r.row = f.row
left join set_aside as q
    on r.census_year = q.year and r.county_code = q.county_code and r.file_sha256 = q.file_sha256 and r.row = q.row
where t.in_resource_scope
