-- Each level of review of an assessment: what it found, as recorded, and whether it was held in time.
with latest as (
    select * from {{ ref('int_reviews') }}
    qualify row_number() over (partition by assessment_year, county_code, review_level
    order by held_on desc nulls last, row desc) = 1
),

due as (
    select
        a.assessment_year, a.county_code, d.review_level,
        make_date(cast(a.assessment_year as integer) + d.years_after, d.month, d.day) as due_on
    from {{ ref('int_assessments') }} as a
    cross join {{ ref('assessment_dates') }} as d
)

{% call described(['county']) %}
select
    cast(d.assessment_year as integer) as assessment_year,
    d.county_code,
    d.review_level,
    r.review_verdict,
    r.document,
    r.held_on,
    d.due_on,
    r.held_on <= d.due_on as is_in_time
from due as d
left join latest as r on d.assessment_year = r.assessment_year and d.county_code = r.county_code
    and d.review_level = r.review_level
{% endcall %}
order by assessment_year, county_code, due_on
