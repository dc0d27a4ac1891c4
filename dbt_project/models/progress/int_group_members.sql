-- The schools of each education group in the autumn of a census. A list of members holds until a newer one comes.
with members as ({{ rows_in_force('groups', 'school_groups',
    ['group_name', 'school_id', 'school_name', 'group_role', 'joined_on', 'left_on'], []) }}),

lists as (
    select distinct data_year, county_code from members
),

years as (
    select county_code, census_year from {{ ref('int_county_years') }}
    union
    select county_code, data_year from lists
),

held as (
    select y.county_code, y.census_year, max(l.data_year) as data_year
    from years as y
    inner join lists as l on y.county_code = l.county_code and l.data_year <= y.census_year
    group by y.county_code, y.census_year
)

select
    h.census_year,
    m.county_code,
    m.group_name,
    m.school_id,
    coalesce(r.school_name, m.school_name) as school_name,
    m.group_role,
    m.joined_on,
    m.left_on,
    r.urban_rural
from held as h
inner join members as m on h.county_code = m.county_code and h.data_year = m.data_year
left join {{ ref('int_school_roster') }} as r
    on h.census_year = r.census_year and m.county_code = r.county_code and m.school_id = r.school_id
where not m.is_set_aside
    and coalesce(try_cast(m.joined_on as date),
        make_date(cast(m.data_year as integer), 1, 1)) <= make_date(cast(h.census_year as integer), 12, 31)
    and coalesce(try_cast(m.left_on as date),
        make_date(cast(h.census_year as integer), 12, 31)) > make_date(cast(h.census_year as integer), 9, 1)
