-- Q1 Three-year retention in junior secondary: at least 95 %. Three formulas are in use; the parameter names the one
-- applied, and the result carries its name (`how`).
with cohorts as (
    select
        *,
        cohort_entrants as entrants,
        cohort_in as moved_in,
        cohort_out as moved_out,
        cohort_deaths as deaths,
        cohort_graduates as graduates,
        {{ parameter('q1_formula', 'census_year') }} as formula
    from ({{ assessments_with_line('enrolment_county', 'int_enrolment_counties') }})
),

retention as (
    select
        *,
        case formula when 1 then graduates - moved_in + moved_out else graduates end as numerator,
        case formula
            when 1 then entrants - deaths
            when 2 then entrants + moved_in - moved_out - deaths
            when 3 then greatest(entrants + moved_in - moved_out, graduates)
        end as denominator,
        case formula
            when 1 then 'a: (graduates - in + out) / (entrants - deaths)'
            when 2 then 'b: graduates / (entrants + in - out - deaths)'
            when 3 then 'c: graduates / (entrants + in - out), at most 100 %'
        end as how,
        -- The least it can be where nobody told how many left or died: as if none had.
        case formula
            when 1 then (graduates - moved_in + coalesce(moved_out, 0)) / nullif(entrants, 0)
            when 2 then graduates / nullif(entrants + moved_in - coalesce(moved_out, 0) - coalesce(deaths, 0), 0)
            when 3 then graduates / nullif(greatest(entrants + moved_in - coalesce(moved_out, 0), graduates), 0)
        end as least
    from cohorts
),

counties as (
    select *, case when numerator is null or denominator is null then least end as low
    from retention
)

{{ county_ratio('Q1', 'counties', stage='junior', low='q.low', how='q.how') }}
