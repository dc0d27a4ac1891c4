-- What is on record of a county's recognition: that the nation recognised, refused or revoked it, and when; that a
-- printed document says so (of which only the year is known); and that a list of reviews came at all (event 'listed').
with events as (
    select
        assessment_year, county_code, coalesce(held_on, make_date(cast(assessment_year as integer), 12,
            31)) as event_on,
        case review_verdict when 'pass' then 'recognised' when 'revoked' then 'revoked'
            else 'refused' end as event, document, false as is_printed
    from {{ ref('int_reviews') }}
    where review_level = 'nation'
    union all
    select f.year, f.county_code, make_date(f.year, 12, 31), 'recognised', concat_ws(' ', f.document, d.title), true
    from {{ ref('stg_published_figures') }} as f
    left join {{ ref('stg_published_documents') }} as d on f.document = d.document
    where f.metric = 'recognised' and f.kind = 'actual' and f.value = 1
    union all
    select assessment_year, county_code, make_date(cast(assessment_year as integer), 12, 31), 'listed', '', false
    from {{ ref('int_reviews') }}
)

select county_code, event, event_on, cast(max(assessment_year) as integer) as assessment_year,
    coalesce(min(document), '') as document, bool_and(is_printed) as is_printed
from events
group by county_code, event, event_on
