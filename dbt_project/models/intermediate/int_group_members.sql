-- The schools of each education group in the autumn of a census.
with members as ({{ rows_in_force('groups', 'school_groups', ['group_name', 'school_id', 'school_name', 'group_role', 'joined_on', 'left_on'], []) }})

select
    m.data_year as census_year,
    m.county_code,
    m.group_name,
    m.school_id,
    coalesce(r.school_name, m.school_name) as school_name,
    m.group_role,
    m.joined_on,
    m.left_on,
    r.urban_rural
from members as m
left join {{ ref('int_school_roster') }} as r
    on m.data_year = r.census_year and m.county_code = r.county_code and m.school_id = r.school_id
where not m.is_set_aside
    and coalesce(try_cast(m.joined_on as date), make_date(m.data_year, 1, 1)) <= make_date(m.data_year, 12, 31)
    and coalesce(try_cast(m.left_on as date), make_date(m.data_year, 12, 31)) > make_date(m.data_year, 9, 1)
