-- The county × census years that the warehouse covers: every county that delivered a census or
-- printed a figure, in every census year that anybody delivered. A county that only printed figures
-- appears with no_data, never invented.
with years as (
    select distinct year as census_year from {{ ref('stg_deliveries') }}
    where source = 'census' and status <> 'withdrawn' and county_code <> ''
),

counties as (
    select distinct county_code from {{ ref('stg_deliveries') }}
    where source = 'census' and status <> 'withdrawn' and county_code <> ''
    union
    select distinct f.county_code from {{ ref('stg_published_figures') }} as f
)

select y.census_year, c.county_code
from years as y
cross join counties as c
