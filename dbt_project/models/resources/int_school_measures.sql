-- The figures that R1-R7 need, one row per expected school and figure, present or not.
with wanted as (
    select distinct measure, measure_stage as stage from {{ ref('indicator_measures') }}
    union
    select 'pupils' as measure, stage from (values ('primary'), ('junior'), ('senior')) as s (stage)
),

-- What a school of each type must report.
expected as (
    select t.school_type, w.stage, w.measure, w.stage || '.' || w.measure as name
    from {{ ref('school_types') }} as t
    inner join wanted as w
        on w.stage = 'all'
        or (w.stage = 'primary' and t.has_primary)
        or (w.stage = 'junior' and t.has_junior)
        or (w.stage = 'senior' and t.has_senior)
    where t.in_resource_scope
),

-- Joined while there is one row per school: unpivoted first, every figure would have to be joined.
lines as (
    select r.census_year, r.county_code, r.school_id, r.school_type, f.*
    from {{ ref('int_school_roster') }} as r
    inner join {{ bronze_of_changed_counties('indicator_figures') }} as f
        on r.census_year = f.year and r.file_sha256 = f.file_sha256 and r.row = f.row
    where r.missing_reason is null
),

reported as (
    select * from {{ cell_by_cell('lines',
        ['census_year', 'county_code', 'school_id', 'school_type', 'year', 'file_sha256', 'row']) }}
),

set_aside as (
    select distinct year, county_code, file_sha256, row, stage, measure
    from {{ source('bronze', 'quarantined_cells') }}
    where source = 'census' and stage is not null
)

select
    r.census_year,
    r.county_code,
    r.school_id,
    e.stage,
    e.measure,
    case when q.measure is null then r.value end as value,
    case when q.measure is not null then 'quarantined' when r.value is null then 'not_reported' end as reason
from reported as r
inner join expected as e on r.school_type = e.school_type and r.name = e.name
left join set_aside as q
    on r.year = q.year and r.county_code = q.county_code and r.file_sha256 = q.file_sha256 and r.row = q.row
    and e.stage = q.stage and e.measure = q.measure
union all
select m.census_year, m.county_code, m.school_id, e.stage, e.measure, null as value, m.missing_reason as reason
from {{ ref('int_school_roster') }} as m
inner join expected as e on m.school_type = e.school_type
where m.missing_reason is not null
