-- One year beside the one before as known at one moment: per county, stage and R-indicator. Each year's figures speak
-- of the schools of that year; who rose or fell is told of the schools that both years know.
with figures as (
    select census_year, county_code, stage, indicator_code, school_id, value, verdict
    from {{ as_known('snapshot_resource_values') }}
),

changes as (
    select
        n.census_year, n.county_code, n.stage, n.indicator_code,
        count(*) filter (where n.verdict = 'pass') as schools_meeting,
        count(*) filter (where n.verdict = 'pass' and b.verdict = 'fail') as schools_risen,
        count(*) filter (where n.verdict = 'fail' and b.verdict = 'pass') as schools_fallen
    from figures as n
    left join figures as b
        on n.county_code = b.county_code and n.stage = b.stage and n.indicator_code = b.indicator_code
            and n.school_id = b.school_id
        and n.census_year = b.census_year + 1
    group by n.census_year, n.county_code, n.stage, n.indicator_code
),

meeting as (
    select census_year, county_code, stage, indicator_code, count(*) filter (where verdict = 'pass') as schools_meeting
    from figures
    group by census_year, county_code, stage, indicator_code
),

coefficients as (
    select census_year, county_code, stage, indicator_code, mean, cv, verdict
    from {{ as_known('snapshot_coefficients') }}
)

{% call described(['county', 'indicator', 'unit']) %}
select
    cast(c.census_year as integer) as census_year,
    c.county_code,
    c.stage,
    c.indicator_code,
    cast(c.schools_meeting as integer) as schools_meeting,
    cast(m.schools_meeting as integer) as schools_meeting_before,
    cast(c.schools_risen as integer) as schools_risen,
    cast(c.schools_fallen as integer) as schools_fallen,
    n.mean,
    b.mean as mean_before,
    n.cv,
    b.cv as cv_before,
    n.verdict as cv_verdict,
    b.verdict as cv_verdict_before,
    case when {{ above('n.cv', 'b.cv') }} then 'wider' when {{ below('n.cv', 'b.cv') }} then 'narrower'
        when n.cv is not null and b.cv is not null then 'same' end as cv_trend
from changes as c
inner join coefficients as n using (census_year, county_code, stage, indicator_code)
inner join coefficients as b
    on c.county_code = b.county_code and c.stage = b.stage and c.indicator_code = b.indicator_code
        and c.census_year = b.census_year + 1
left join meeting as m
    on c.county_code = m.county_code and c.stage = m.stage and c.indicator_code = m.indicator_code
        and c.census_year = m.census_year + 1
{% endcall %}
order by census_year, county_code, stage, indicator_code
