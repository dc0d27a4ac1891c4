-- The composite rule per school-stage, with gaps: fail as soon as a value is under its floor or more miss
-- the standard than may; pass only when nothing is missing; otherwise what is missing decides, so no_data.
select
    v.census_year,
    v.county_code,
    v.school_id,
    v.stage,
    v.standard_version,
    count(*) filter (where v.meets_standard) as indicators_met,
    count(*) filter (where v.meets_floor = false) as indicators_below_floor,
    count(*) filter (where v.verdict = 'no_data') as indicators_missing,
    case
        when bool_and(v.verdict = 'not_applicable') then 'not_applicable'
        when count(*) filter (where v.meets_floor = false) > 0 then 'fail'
        when count(*) filter (where v.meets_standard = false)
            > count(*) - s.indicators_to_meet then 'fail'
        when count(*) filter (where v.verdict = 'no_data') > 0 then 'no_data'
        else 'pass'
    end as verdict,
    {{ most_severe_reason('v.reason') }} as missing_reason
from {{ ref('int_resource_verdicts') }} as v
inner join {{ ref('int_county_standards') }} as s on v.census_year = s.census_year and v.county_code = s.county_code
group by v.census_year, v.county_code, v.school_id, v.stage, v.standard_version, s.indicators_to_meet
