-- A new row starts where a school's group or role changes from one year to the next; the last one of a county is open.
with yearly as (
    select *, row_number() over (partition by county_code, school_id order by census_year)
        - row_number() over (partition by county_code, school_id, group_name, group_role order by census_year) as span
    from {{ ref('int_group_members') }}
),

latest as (
    select county_code, max(census_year) as census_year from yearly group by county_code
)

{% call described(['county']) %}
select
    y.county_code,
    y.group_name,
    y.school_id,
    arg_max(y.school_name, y.census_year) as school_name,
    y.group_role,
    min(y.joined_on) as joined_on,
    max(y.left_on) as left_on,
    cast(min(y.census_year) as integer) as valid_from_year,
    cast(nullif(max(y.census_year), max(l.census_year)) as integer) as valid_to_year
from yearly as y
inner join latest as l using (county_code)
group by y.county_code, y.group_name, y.school_id, y.group_role, y.span
{% endcall %}
order by county_code, group_name, school_id, valid_from_year
