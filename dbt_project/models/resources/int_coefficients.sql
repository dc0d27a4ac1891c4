-- The difference coefficient: enrolment-weighted, around the county's own ratio. See int_coefficients.md.
with counted as (
    select census_year, county_code, stage, indicator_code, school_id, pupils, quantity, scale
    from {{ only_changed_counties(ref('int_resource_values')) }}
    where pupils > 0 and quantity is not null
),

totals as (
    select
        census_year, county_code, stage, indicator_code, scale,
        count(*) as schools,
        sum(pupils) as pupils,
        {{ sum_in_order('quantity') }} / sum(pupils) as ratio
    from counted
    group by census_year, county_code, stage, indicator_code, scale
),

spread as (
    select
        t.census_year, t.county_code, t.stage, t.indicator_code,
        sqrt(
            {{ sum_in_order('c.pupils * (c.quantity / c.pupils - t.ratio) * (c.quantity / c.pupils - t.ratio)') }}
            / sum(c.pupils)
        ) as deviation
    from totals as t
    inner join counted as c using (census_year, county_code, stage, indicator_code)
    group by t.census_year, t.county_code, t.stage, t.indicator_code
)

select
    t.census_year,
    t.county_code,
    t.stage,
    t.indicator_code,
    t.schools,
    t.pupils,
    t.ratio * t.scale as mean,
    case when t.schools = 1 then 0.0 else s.deviation * t.scale end as standard_deviation,
    case when t.ratio > 0 then case when t.schools = 1 then 0.0 else s.deviation / t.ratio end end as cv,
    t.schools = 1 as is_single_school
from totals as t
inner join spread as s using (census_year, county_code, stage, indicator_code)
