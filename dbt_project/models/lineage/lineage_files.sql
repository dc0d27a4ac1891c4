-- Files in force, by the name first delivered.
select year as census_year, county_code, file_sha256, min_by(file_name, seq) as file_name
from {{ ref('stg_deliveries') }}
where source = 'census' and status = 'in_force'
group by year, county_code, file_sha256
