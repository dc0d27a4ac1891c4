-- Every group, term and kind of activity that a plan gives a number for: how often it was held, as known on a day. An
-- activity of the year has one row (term 'year'): the sum of its terms. It was held at least as often as was reported.
with members as (
    select distinct census_year, county_code, group_name from {{ as_known('snapshot_group_members') }}
),

planned as (
    select m.census_year, m.county_code, m.group_name, a.school_term, g.group_activity, g.metric, g.is_per_researcher,
        g.is_per_year
    from members as m
    cross join {{ ref('group_activities') }} as g
    inner join (values ('autumn', false), ('spring', false), ('year', true)) as a (school_term, is_year)
        on g.is_per_year = a.is_year
),

records as (
    select census_year, county_code, group_name, school_term, group_activity, activities_held, researchers,
        false as is_year, true as is_whole
    from {{ as_known('snapshot_group_records') }}
    union all
    select
        census_year, county_code, group_name, 'year', group_activity, sum(activities_held), null, true,
        count(activities_held) filter (where school_term in ('autumn', 'spring')) = 2
    from {{ as_known('snapshot_group_records') }}
    where school_term in ('autumn', 'spring')
    group by census_year, county_code, group_name, group_activity
),

held as (
    select
        p.*, r.activities_held, r.researchers, coalesce(r.is_whole, false) as is_whole,
        case when p.is_per_researcher then r.activities_held / nullif(r.researchers, 0)
            else r.activities_held end as value
    from planned as p
    left join records as r
        on p.census_year = r.census_year and p.county_code = r.county_code and p.group_name = r.group_name
        and p.school_term = r.school_term and p.group_activity = r.group_activity and p.is_per_year = r.is_year
)

select
    census_year, county_code, group_name, school_term, group_activity, metric, activities_held, researchers, value,
    coalesce(value, 0.0) as value_low,
    case when value is not null and is_whole then value else cast('infinity' as double) end as value_high
from held
