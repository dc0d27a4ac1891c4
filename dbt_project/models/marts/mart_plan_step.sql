-- The steps of the least plans: who gives and who gets what, by the end of which year, what it costs, what it mends.
with schools as (
    select census_year, county_code, school_id, school_name from {{ ref('int_school_roster') }}
)

{% call described(['county', 'indicator']) %}
select
    cast(l.data_year as integer) as census_year,
    l.county_code,
    l.plan_scenario as scenario,
    cast(l.plan_step as integer) as step_number,
    cast(l.plan_due_year as integer) as due_year,
    l.plan_kind as action,
    l.gap_indicator as indicator_code,
    coalesce(l.school_stage, 'all') as stage,
    l.school_id,
    coalesce(t.school_name, l.school_name) as school_name,
    l.exchange_from_school_id as from_school_id,
    g.school_name as from_school_name,
    l.group_name,
    l.plan_measure as measure,
    l.plan_amount as amount,
    l.plan_into_measure as into_measure,
    l.plan_into_amount as into_amount,
    l.gap_unit as unit,
    l.plan_cost_yuan as cost_yuan,
    l.plan_mends as mends,
    cast(l.plan_same_as_step as integer) as same_persons_as
from {{ ref('int_plan_lines') }} as l
left join schools as t
    on l.data_year = t.census_year and l.county_code = t.county_code and l.school_id = t.school_id
left join schools as g
    on l.data_year = g.census_year and l.county_code = g.county_code and l.exchange_from_school_id = g.school_id
where l.plan_step > 0 and l.plan_kind <> 'pupils'
{% endcall %}
order by census_year, county_code, scenario, step_number
