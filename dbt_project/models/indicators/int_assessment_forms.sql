-- Which year's file of each form feeds an assessment: the year its clock names, else the latest complete one
-- that the clock still allows; without one, why.
with wanted as (
    select a.assessment_year, a.county_code, a.census_year, c.form, c.source, c.years_before, c.fallback_years
    from {{ ref('int_assessments') }} as a
    cross join {{ ref('form_clocks') }} as c
),

delivered as (
    select
        source, year, county_code, coalesce(form, '') as form,
        bool_or(status = 'in_force') as is_in_force,
        bool_or(status = 'refused' and is_open) as is_refused,
        min_by(file_name, seq) filter (where status = 'in_force') as file_name
    from {{ ref('stg_deliveries') }}
    group by all
)

select
    w.assessment_year,
    w.county_code,
    w.form,
    max(d.year) filter (where d.is_in_force and d.form = w.form) as data_year,
    max_by(d.file_name, d.year) filter (where d.is_in_force and d.form = w.form) as file_name,
    case
        when count(*) filter (where d.is_in_force and d.form = w.form) > 0 then null
        when coalesce(bool_or(d.is_refused and d.form in (w.form, '')), false) then 'refused'
        else 'not_delivered'
    end as reason
from wanted as w
left join delivered as d
    on w.source = d.source and w.county_code = d.county_code
    and d.year between w.assessment_year - w.years_before - w.fallback_years and w.assessment_year - w.years_before
group by w.assessment_year, w.county_code, w.form
