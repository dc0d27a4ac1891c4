-- How much of a coefficient's change since the year before came from which school, as known on a day. CV² is the sum of
-- each school's P/ΣP · (X/X̄ − 1)², so the differences of these terms, over the sum of both coefficients, add up to
-- the change itself. A school that is there in one of the years only has a term of 0 in the other.
{#- With each of its readers: a reader's condition on the county would not reach what they share. #}
{%- set terms %}(
    select
        v.census_year, v.county_code, v.stage, v.indicator_code, v.school_id, c.cv,
        v.pupils / c.pupils * power(v.value / c.mean - 1, 2) as term
    from {{ as_known('snapshot_resource_values') }} as v
    inner join {{ as_known('snapshot_coefficients') }} as c using (census_year, county_code, stage, indicator_code)
    where v.value is not null and v.pupils > 0 and c.mean > 0 and not c.is_incomplete
){% endset %}
with coefficients as (
    select distinct census_year, county_code, stage, indicator_code, cv from {{ terms }} as terms
),

pairs as (
    select n.census_year, n.county_code, n.stage, n.indicator_code, n.cv, b.cv as cv_before
    from coefficients as n
    inner join coefficients as b
        on n.county_code = b.county_code and n.stage = b.stage and n.indicator_code = b.indicator_code
            and n.census_year = b.census_year + 1
),

schools as (
    select census_year, county_code, stage, indicator_code, school_id, sum(term) as term,
        sum(term_before) as term_before
    from (
        select census_year, county_code, stage, indicator_code, school_id, term, 0.0 as term_before
        from {{ terms }} as terms
        union all
        select census_year + 1, county_code, stage, indicator_code, school_id, 0.0, term
        from {{ terms }} as terms
    )
    group by census_year, county_code, stage, indicator_code, school_id
)

{% call described(['county', 'indicator', 'school_name', 'school']) %}
select
    cast(p.census_year as integer) as census_year,
    p.county_code,
    p.stage,
    p.indicator_code,
    s.school_id,
    p.cv_before,
    p.cv,
    p.cv - p.cv_before as change_of_cv,
    (s.term - s.term_before) / nullif(p.cv + p.cv_before, 0) as contribution
from pairs as p
inner join schools as s using (census_year, county_code, stage, indicator_code)
{% endcall %}
order by census_year, county_code, stage, indicator_code, contribution desc
