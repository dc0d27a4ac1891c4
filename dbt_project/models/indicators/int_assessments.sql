-- The county × assessment years that the warehouse covers: the year after each census, the years that finance,
-- registers, surveys or attestations feed, those that printed figures reach, and every year from a recognition on to
-- the year of the last receipt, since a recognised county is still monitored.
with recognised as (
    select county_code, year from {{ ref('stg_published_figures') }}
    where metric = 'recognised' and kind = 'actual' and value = 1
    union all
    select county_code, cast(extract(year from coalesce(held_on,
        make_date(cast(assessment_year as integer), 12, 31))) as integer)
    from {{ ref('int_reviews') }}
    where review_level = 'nation' and review_verdict = 'pass'
),

years as (
    select county_code, census_year + 1 as assessment_year from {{ ref('int_county_years') }}
    union
    select d.county_code, d.year + c.years_before
    from {{ ref('stg_deliveries') }} as d
    inner join (select distinct source, years_before from {{ ref('form_clocks') }}) as c on d.source = c.source
    where d.county_code <> '' and d.status <> 'withdrawn'
    union
    select f.county_code, f.year + p.years_before
    from {{ ref('stg_published_figures') }} as f
    inner join {{ ref('printed_indicators') }} as p on f.metric in (p.value_metric, p.numerator_metric)
    where f.kind = 'actual'
    union
    select county_code, cast(year as integer)
    from (
        select r.county_code, unnest(range(r.year, k.last_year + 1)) as year
        from recognised as r
        cross join (
            select cast(extract(year from max(known_at)) as integer) as last_year from {{ source('bronze', 'ledger') }}
        ) as k
    )
)

select county_code, assessment_year, assessment_year - 1 as census_year
from years
