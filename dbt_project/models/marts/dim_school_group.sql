-- A new row starts where a school's group or role changes from one year to the next.
with yearly as (
    select *, row_number() over (partition by county_code, school_id order by census_year)
        - row_number() over (partition by county_code, school_id, group_name, group_role order by census_year) as span
    from {{ ref('int_group_members') }}
)

select
    county_code,
    group_name,
    school_id,
    arg_max(school_name, census_year) as school_name,
    group_role,
    min(joined_on) as joined_on,
    max(left_on) as left_on,
    cast(min(census_year) as integer) as valid_from_year,
    cast(max(census_year) as integer) as valid_to_year
from yearly
group by county_code, group_name, school_id, group_role, span
order by county_code, group_name, school_id, valid_from_year
