-- Each member of a group beside its core school: one row per year, group, school, stage and R-indicator.
with members as (
    select * from {{ as_known('snapshot_group_members') }}
),

figures as (
    select m.group_name, m.group_role, m.school_name, v.census_year, v.county_code, v.school_id, v.stage,
        v.indicator_code, v.value
    from members as m
    inner join {{ as_known('snapshot_resource_values') }} as v using (census_year, county_code, school_id)
),

cores as (
    select census_year, county_code, group_name, stage, indicator_code, {{ average_in_order('value') }} as core_value
    from figures
    where group_role = 'core'
    group by census_year, county_code, group_name, stage, indicator_code
)

{% call described(['county', 'indicator', 'unit', 'school']) %}
select
    cast(f.census_year as integer) as census_year,
    f.county_code,
    f.group_name,
    f.school_id,
    f.school_name,
    f.stage,
    f.indicator_code,
    f.value,
    c.core_value,
    f.value - c.core_value as difference,
    f.value / nullif(c.core_value, 0) as ratio_to_core
from figures as f
inner join cores as c using (census_year, county_code, group_name, stage, indicator_code)
where f.group_role <> 'core'
{% endcall %}
order by census_year, county_code, group_name, school_id, stage, indicator_code
