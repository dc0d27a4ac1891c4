-- What each R-indicator's numerator is made of: a school or a point folded into it × signed measure,
-- shared measures times the stage's share. A component that is missing says why.
with components as (
    select
        s.census_year,
        s.county_code,
        s.school_id,
        s.stage,
        i.indicator_code,
        b.member_school_id,
        i.measure,
        i.measure_stage,
        i.sign,
        m.value,
        case when i.is_shared then h.share else 1.0 end as share,
        case when b.is_unresolved then 'unresolved_parent'
            else coalesce(m.reason, case when i.is_shared then h.reason end) end as reason
    from {{ ref('int_school_stages') }} as s
    inner join {{ ref('int_school_members') }} as b
        on s.census_year = b.census_year and s.county_code = b.county_code and s.school_id = b.school_id
    inner join {{ ref('indicator_measures') }} as i on s.stage = i.stage
    inner join {{ ref('int_school_measures') }} as m
        on b.census_year = m.census_year and b.county_code = m.county_code and b.member_school_id = m.school_id
        and i.measure = m.measure and i.measure_stage = m.stage
    left join {{ ref('int_stage_shares') }} as h
        on s.census_year = h.census_year and s.county_code = h.county_code and s.school_id = h.school_id
            and s.stage = h.stage
)

select
    census_year,
    county_code,
    school_id,
    stage,
    indicator_code,
    member_school_id,
    measure,
    measure_stage,
    sign,
    value,
    share,
    case when reason is null then sign * value * share end as quantity,
    reason
from components
