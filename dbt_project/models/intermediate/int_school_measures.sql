-- The figures that R1-R7 need, one row per expected school and figure, present or not.
with wanted as (
    select distinct measure, measure_stage as stage from {{ ref('indicator_measures') }}
    union
    select 'pupils' as measure, stage from (values ('primary'), ('junior'), ('senior')) as s (stage)
),

grid as (
    select r.census_year, r.county_code, r.school_id, r.missing_reason, w.stage, w.measure
    from {{ ref('int_school_roster') }} as r
    inner join {{ ref('school_types') }} as t on r.school_type = t.school_type
    inner join wanted as w
        on w.stage = 'all'
        or (w.stage = 'primary' and t.has_primary)
        or (w.stage = 'junior' and t.has_junior)
        or (w.stage = 'senior' and t.has_senior)
    where t.in_resource_scope
)

select
    g.census_year,
    g.county_code,
    g.school_id,
    g.stage,
    g.measure,
    m.value,
    case
        when m.value is not null then null
        when g.missing_reason is not null then g.missing_reason
        when m.status = 'quarantined' then 'quarantined'
        else 'not_reported'
    end as reason
from grid as g
left join {{ ref('stg_census_measures') }} as m
    using (census_year, county_code, school_id, stage, measure)
