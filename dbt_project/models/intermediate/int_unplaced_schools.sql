-- Counties whose census holds schools that nobody can place: a row without a usable code, a school whose type was
-- never readable, a refused file of an unknown school. They stand in no list, so what all schools must meet stays open.
with unplaced as (
    select census_year, county_code, missing_reason from {{ ref('int_school_roster') }}
    where school_type is null and missing_reason is not null
    union all
    select census_year, county_code, 'quarantined' from {{ ref('stg_census_rows') }}
    where status = 'quarantined' and not coalesce(regexp_full_match(school_id, '[0-9]{10}'), false)
    union all
    select year, county_code, 'refused' from {{ ref('stg_deliveries') }}
    where source = 'census' and status <> 'withdrawn' and is_file_of_unknown_school
)

select census_year, county_code, {{ first_reason('missing_reason') }} as reason
from unplaced
group by census_year, county_code
