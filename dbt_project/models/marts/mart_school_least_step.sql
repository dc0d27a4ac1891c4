-- The least that a school-stage without a pass must do: report what is missing, bring what is below its standard up to
-- it, but for as many indicators as the composite rule lets miss it; of these, what is below the floor up to the floor.
-- Those let off are the ones that then need nothing at all, else the ones where it saves most of what the standard
-- asks.
with short as (
    select
        v.*,
        row_number() over (
            partition by v.census_year, v.county_code, v.school_id, v.stage, v.verdict
            order by v.meets_floor desc, (v.gap_to_standard - v.gap_to_floor) / nullif(v.quantity + v.gap_to_standard,
                0) desc, v.attainment, v.indicator_code
        ) as place,
        count(*) over (partition by v.census_year, v.county_code, v.school_id, v.stage) as indicators
    from {{ ref('int_resource_verdicts') }} as v
),

goals as (
    select
        v.*,
        case
            when v.verdict = 'no_data' then 'data'
            when v.place > v.indicators - s.indicators_to_meet then 'standard'
            when not v.meets_floor then 'floor'
        end as goal
    from short as v
    inner join {{ ref('int_county_standards') }} as s on v.census_year = s.census_year and v.county_code = s.county_code
    where v.verdict in ('fail', 'no_data')
)

{% call described(['county', 'indicator', 'school_name', 'school']) %}
select
    g.census_year,
    g.county_code,
    g.school_id,
    cast(null as varchar) as school_name,
    g.stage,
    g.indicator_code,
    g.goal,
    case g.goal when 'standard' then g.gap_to_standard when 'floor' then g.gap_to_floor end as quantity_missing,
    g.gap_unit
from goals as g
inner join {{ ref('int_school_composite') }} as c using (census_year, county_code, school_id, stage)
where g.goal is not null and c.verdict in ('fail', 'no_data')
{% endcall %}
