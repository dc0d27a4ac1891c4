-- Each stage's share of what a combined school owns as a whole (R4-R7): pupils weighted by stage. A school
-- of one stage has share 1. Where any stage's pupils are missing, the share is missing.
with weighted as (
    select
        m.census_year,
        m.county_code,
        m.school_id,
        m.stage,
        m.pupils * case m.stage
            when 'primary' then {{ parameter('split_weight_primary', 'm.census_year') }}
            when 'junior' then {{ parameter('split_weight_junior', 'm.census_year') }}
            when 'senior' then {{ parameter('split_weight_senior', 'm.census_year') }}
        end as weighted_pupils,
        m.reason
    from {{ only_changed_counties(ref('int_school_pupils'), 'm') }}
),

totals as (
    select
        census_year, county_code, school_id,
        count(*) as stages,
        case when count(weighted_pupils) = count(*) then {{ sum_in_order('weighted_pupils') }} end as weighted_pupils,
        {{ most_severe_reason('reason') }} as reason
    from weighted
    group by census_year, county_code, school_id
)

select
    w.census_year,
    w.county_code,
    w.school_id,
    w.stage,
    case when t.stages = 1 then 1.0 when t.weighted_pupils > 0 then w.weighted_pupils / t.weighted_pupils end as share,
    case when t.stages > 1 then coalesce(t.reason, case when t.weighted_pupils = 0 then 'zero_denominator' end)
        end as reason
from weighted as w
inner join totals as t using (census_year, county_code, school_id)
where w.stage in ('primary', 'junior')
