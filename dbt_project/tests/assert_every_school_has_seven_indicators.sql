-- No school-stage is judged on fewer than its seven indicators.
select census_year, county_code, school_id, stage, count(*) as n
from {{ of_changed_counties(ref('int_resource_quantities')) }}
group by all
having count(*) <> 7
