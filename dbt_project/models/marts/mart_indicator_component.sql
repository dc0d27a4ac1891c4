select
    c.census_year,
    c.county_code,
    c.school_id,
    c.stage,
    c.indicator_code,
    c.member_school_id,
    r.school_name as member_school_name,
    c.measure,
    c.measure_stage,
    c.sign,
    c.value,
    c.share,
    c.quantity,
    c.reason
from {{ ref('int_indicator_components') }} as c
inner join {{ ref('int_school_roster') }} as r
    on c.census_year = r.census_year and c.county_code = r.county_code and c.member_school_id = r.school_id
