-- Teachers exchanged between two schools of one group in a school year, each person once.
with exchanges as ({{ rows_in_force('hr', 'hr_exchange',
    ['person', 'exchange_from_school_id', 'exchange_to_school_id'], []) }})

select e.data_year as census_year, e.county_code, f.group_name, count(distinct e.person) as teachers_exchanged
from exchanges as e
inner join {{ ref('int_group_members') }} as f
    on e.data_year = f.census_year and e.county_code = f.county_code and e.exchange_from_school_id = f.school_id
inner join {{ ref('int_group_members') }} as t
    on e.data_year = t.census_year and e.county_code = t.county_code and e.exchange_to_school_id = t.school_id
        and f.group_name = t.group_name
where not e.is_set_aside
group by e.data_year, e.county_code, f.group_name
