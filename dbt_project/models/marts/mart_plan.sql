-- The least plan of each county and scenario: what it takes, how near it is to what no plan can do with less, and what
-- it rests on. Written by `junheng plan`.
{% call described(['county']) %}
select
    cast(data_year as integer) as census_year,
    county_code,
    plan_scenario as scenario,
    cast(plan_target_year as integer) as target_year,
    plan_status as status,
    cast(plan_hires as integer) as hires,
    cast(plan_transfers as integer) as transfers,
    cast(plan_rooms as integer) as rooms,
    plan_area_m2 as area_m2,
    plan_equipment_yuan as equipment_yuan,
    plan_cost_yuan as cost_yuan,
    plan_gap as bound_gap,
    plan_limits_kept as limits_kept,
    plan_in_the_way as in_the_way,
    plan_left_out as left_out_schools,
    plan_assumptions as assumptions,
    try_cast(plan_made_on as date) as made_on,
    is_current
from {{ ref('int_plan_lines') }}
where plan_step = 0
{% endcall %}
order by census_year, county_code, scenario
