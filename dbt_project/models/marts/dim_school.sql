-- A new row starts where a school's attributes change from one of its censuses to the next.
with yearly as (
    select
        census_year, county_code, school_id, school_name as name_zh, school_type, urban_rural,
        run_by is distinct from 'private' as is_public, is_boarding, counts_as_school, parent_school_id, year_built
    from {{ ref('int_school_roster') }}
),

compared as (
    select
        *,
        lag(struct_pack(name_zh, school_type, urban_rural, is_public, is_boarding, counts_as_school, parent_school_id,
            year_built))
            over (partition by county_code, school_id order by census_year)
            is distinct from struct_pack(name_zh, school_type, urban_rural, is_public, is_boarding, counts_as_school,
                parent_school_id, year_built)
            as is_start
    from yearly
),

latest as (
    select county_code, max(census_year) as census_year from {{ ref('int_school_roster') }} group by county_code
),

spans as (
    select *, sum(cast(is_start as integer)) over (partition by county_code, school_id order by census_year) as span
    from compared
)

{% call described(['county']) %}
select
    s.school_id,
    s.county_code,
    s.name_zh,
    cast(null as varchar) as name_en,
    s.school_type,
    t.name_zh as school_type_zh,
    s.urban_rural,
    s.is_public,
    s.is_boarding,
    s.counts_as_school,
    s.parent_school_id,
    s.year_built,
    min(s.census_year) as valid_from_year,
    nullif(max(s.census_year), max(l.census_year)) as valid_to_year
from spans as s
inner join latest as l using (county_code)
left join {{ ref('school_types') }} as t using (school_type)
group by
    s.school_id, s.county_code, s.name_zh, s.school_type, t.name_zh, s.urban_rural, s.is_public, s.is_boarding,
    s.counts_as_school, s.parent_school_id, s.year_built, s.span
{% endcall %}
order by school_id, county_code, valid_from_year
