-- The numerator of each R-indicator: signed measures, the shared ones times the stage's share.
select
    s.census_year,
    s.county_code,
    s.school_id,
    s.school_name,
    s.school_type,
    s.stage,
    i.indicator_code,
    s.pupils,
    case when count(m.value) = count(*) and not bool_or(i.is_shared and h.share is null)
        then sum(i.sign * m.value * case when i.is_shared then h.share else 1.0 end)
    end as quantity,
    coalesce(s.reason, {{ first_reason('coalesce(m.reason, case when i.is_shared then h.reason end)') }}) as reason
from {{ ref('int_school_stages') }} as s
inner join {{ ref('indicator_measures') }} as i on s.stage = i.stage
inner join {{ ref('int_folded_measures') }} as m
    on s.census_year = m.census_year and s.county_code = m.county_code and s.school_id = m.school_id
    and i.measure = m.measure and i.measure_stage = m.stage
left join {{ ref('int_stage_shares') }} as h
    on s.census_year = h.census_year and s.county_code = h.county_code and s.school_id = h.school_id and s.stage = h.stage
group by s.census_year, s.county_code, s.school_id, s.school_name, s.school_type, s.stage, i.indicator_code, s.pupils, s.reason
