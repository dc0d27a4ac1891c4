-- The standard version that judges each county in each census year, its own line, else the line for all;
-- and how many of the indicators must be met.
with years as (
    select census_year, county_code from {{ ref('int_county_years') }}
    union
    select census_year, county_code from {{ ref('int_assessments') }}
)

select distinct
    d.census_year,
    d.county_code,
    coalesce(own.standard_version, general.standard_version) as standard_version,
    {{ parameter('indicators_to_meet', 'd.census_year') }} as indicators_to_meet
from years as d
left join {{ ref('county_standards') }} as own
    on d.county_code = own.county_code and {{ in_force('own', 'd.census_year') }}
left join {{ ref('county_standards') }} as general
    on general.county_code = '*' and {{ in_force('general', 'd.census_year') }}
