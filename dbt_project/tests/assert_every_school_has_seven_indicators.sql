-- No school-stage is judged on fewer than its seven indicators.
select census_year, county_code, school_id, stage, count(*) as n
from {{ ref('mart_resource_allocation') }}
group by all
having count(*) <> 7
