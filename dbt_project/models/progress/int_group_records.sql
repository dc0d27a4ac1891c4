-- What each group did in a term, and how it was judged in the year (term and activity 'year', 'evaluation').
with activities as ({{ rows_in_force('groups', 'group_activities',
    ['group_name', 'school_term', 'group_activity'], ['activities_held', 'researchers']) }}),

evaluations as ({{ rows_in_force('groups', 'group_evaluations',
    ['group_name', 'attested_answer', 'attested_on'], []) }})

select
    data_year as census_year, county_code, group_name, school_term, group_activity,
    sum(activities_held) as activities_held, max(researchers) as researchers, cast(null as varchar) as evaluation,
        cast(null as date) as evaluated_on
from activities
where not is_set_aside
group by data_year, county_code, group_name, school_term, group_activity
union all
select data_year, county_code, group_name, 'year', 'evaluation', null, null, arg_max(attested_answer, row),
    arg_max(try_cast(attested_on as date), row)
from evaluations
where not is_set_aside
group by data_year, county_code, group_name
