-- The numerator of each R-indicator: the sum of its components. Missing in any of them, missing in all.
select
    s.census_year,
    s.county_code,
    s.school_id,
    s.school_name,
    s.stage,
    c.indicator_code,
    s.pupils,
    case when count(c.quantity) = count(*) then sum(c.quantity) end as quantity,
    coalesce(s.reason, {{ first_reason('c.reason') }}) as reason
from {{ ref('int_school_stages') }} as s
inner join {{ ref('int_indicator_components') }} as c using (census_year, county_code, school_id, stage)
group by s.census_year, s.county_code, s.school_id, s.school_name, s.stage, c.indicator_code, s.pupils, s.reason
