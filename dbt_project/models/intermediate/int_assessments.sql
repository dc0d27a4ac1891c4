-- The county × assessment years that the warehouse speaks of: the year after each census, the years that
-- finance, registers, surveys or attestations feed, and those that printed figures reach.
with years as (
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
)

select county_code, assessment_year, assessment_year - 1 as census_year
from years
