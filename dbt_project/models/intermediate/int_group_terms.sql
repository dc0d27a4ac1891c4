-- Every group, term and kind of activity that a plan gives a number for: how often it was held, as known on a day.
with members as (
    select distinct census_year, county_code, group_name from {{ as_known('snapshot_group_members') }}
),

planned as (
    select m.census_year, m.county_code, m.group_name, a.school_term, g.group_activity, g.metric, g.is_per_researcher
    from members as m
    cross join {{ ref('group_activities') }} as g
    cross join (values ('autumn'), ('spring')) as a (school_term)
)

select
    p.census_year, p.county_code, p.group_name, p.school_term, p.group_activity, p.metric,
    r.activities_held,
    r.researchers,
    case when p.is_per_researcher then r.activities_held / nullif(r.researchers, 0) else r.activities_held end as value
from planned as p
left join {{ as_known('snapshot_group_records') }} as r using (census_year, county_code, group_name, school_term, group_activity)
