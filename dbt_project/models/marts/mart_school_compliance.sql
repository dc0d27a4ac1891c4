select
    census_year,
    county_code,
    school_id,
    school_name,
    stage,
    cast(indicators_met as integer) as indicators_met,
    cast(indicators_below_floor as integer) as indicators_below_floor,
    cast(indicators_missing as integer) as indicators_missing,
    verdict,
    case when verdict in ('no_data', 'not_applicable') then missing_reason end as reason,
    standard_version,
    exists (
        select 1 from {{ ref('stg_census_rows') }} as r
        where r.census_year = c.census_year and r.county_code = c.county_code and r.school_id = c.school_id and r.status = 'refused'
    ) as has_refused_correction
from {{ ref('int_school_composite') }} as c
order by census_year, county_code, school_id, stage
