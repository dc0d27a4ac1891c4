-- The numerator of each R-indicator: the sum of its components. Missing in any of them, missing in all.
with numerators as (
    select
        c.census_year,
        c.county_code,
        c.school_id,
        c.stage,
        c.indicator_code,
        case when count(c.quantity) = count(*) then {{ sum_in_order('c.quantity') }} end as quantity,
        {{ most_severe_reason('c.reason') }} as reason
    from {{ ref('int_indicator_components') }} as c
    group by c.census_year, c.county_code, c.school_id, c.stage, c.indicator_code
)

select
    n.census_year,
    n.county_code,
    n.school_id,
    n.stage,
    n.indicator_code,
    s.pupils,
    n.quantity,
    coalesce(s.reason, n.reason) as reason
from numerators as n
inner join {{ ref('int_school_stages') }} as s using (census_year, county_code, school_id, stage)
