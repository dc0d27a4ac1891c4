-- The pupils that a plan counts on in its target year, by school or point and stage, beside those of its census.
{% call described(['county', 'school_name']) %}
select
    cast(l.data_year as integer) as census_year,
    l.county_code,
    l.plan_scenario as scenario,
    cast(l.plan_target_year as integer) as target_year,
    l.school_id,
    split_part(l.plan_measure, '.', 1) as stage,
    m.value as pupils_now,
    l.plan_amount as pupils_ahead
from {{ ref('int_plan_lines') }} as l
left join {{ ref('int_school_measures') }} as m
    on l.data_year = m.census_year and l.county_code = m.county_code and l.school_id = m.school_id
    and split_part(l.plan_measure, '.', 1) = m.stage and m.measure = 'pupils'
where l.plan_kind = 'pupils'
{% endcall %}
order by census_year, county_code, scenario, school_id, stage
