-- Teachers exchanged in a school year, each person once; a backbone teacher if any line says so.
with exchanges as ({{ rows_in_force('hr', 'hr_exchange', ['person', 'exchange_from_school_id'], ['is_backbone']) }}),

persons as (
    select
        e.data_year, e.county_code, coalesce(e.person, cast(e.row as varchar)) as person,
        bool_or(e.is_backbone = 'yes') as is_backbone,
        bool_or(e.is_backbone is null) as is_unknown,
        bool_or(e.is_set_aside) as is_set_aside
    from exchanges as e
    left join {{ ref('int_school_roster') }} as r
        on e.data_year = r.census_year and e.county_code = r.county_code and e.exchange_from_school_id = r.school_id
    where r.run_by is distinct from 'private'
    group by e.data_year, e.county_code, coalesce(e.person, cast(e.row as varchar))
)

select
    data_year,
    county_code,
    count(*) as teachers_exchanged,
    case when not bool_or(is_unknown and not coalesce(is_backbone, false)) then count(*) filter (where is_backbone) end as backbone_exchanged,
    bool_or(is_set_aside) as is_set_aside
from persons
group by data_year, county_code
