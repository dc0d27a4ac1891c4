-- What each R-indicator's numerator is made of: a school or a point folded into it × signed measure,
-- shared measures times the stage's share. A component that is missing says why.
-- Joined while there is one row per school and stage: cell by cell first, every figure would have to be joined.
with members as (
    select
        s.school_id as judged_school_id,
        s.stage as judged_stage,
        b.is_unresolved,
        h.share as stage_share,
        h.reason as share_reason,
        f.*
    from {{ ref('int_school_stages') }} as s
    inner join {{ ref('int_school_members') }} as b
        on s.census_year = b.census_year and s.county_code = b.county_code and s.school_id = b.school_id
    inner join {{ ref('int_school_figures') }} as f
        on b.census_year = f.census_year and b.county_code = f.county_code and b.member_school_id = f.school_id
    left join {{ ref('int_stage_shares') }} as h
        on s.census_year = h.census_year and s.county_code = h.county_code and s.school_id = h.school_id
            and s.stage = h.stage
),

figures as (
    select * from {{ cell_by_cell('members', ['judged_school_id', 'judged_stage', 'is_unresolved', 'stage_share',
        'share_reason', 'census_year', 'county_code', 'school_id', 'school_type', 'missing_reason', 'set_aside']) }}
),

reported as (
    select f.*, {{ figure_reason('f') }} as figure_reason from figures as f
),

components as (
    select
        r.census_year,
        r.county_code,
        r.judged_school_id as school_id,
        r.judged_stage as stage,
        i.indicator_code,
        r.school_id as member_school_id,
        i.measure,
        i.measure_stage,
        i.sign,
        case when r.figure_reason is null then r.value end as value,
        case when i.is_shared then r.stage_share else 1.0 end as share,
        case when r.is_unresolved then 'unresolved_parent'
            else coalesce(r.figure_reason, case when i.is_shared then r.share_reason end) end as reason
    from reported as r
    inner join {{ ref('int_expected_figures') }} as e on r.school_type = e.school_type and r.name = e.name
    inner join {{ ref('indicator_measures') }} as i
        on r.judged_stage = i.stage and e.measure = i.measure and e.stage = i.measure_stage
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
