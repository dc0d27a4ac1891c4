-- Whether the nation has recognised the county by the end of each assessment year: from a recognition on, until it is
-- revoked; null where nothing is on record.
select
    a.assessment_year,
    a.county_code,
    case
        when count(e.event) = 0 then null
        else coalesce(arg_max(e.event, e.event_on) filter (where e.event in ('recognised', 'revoked')) = 'recognised',
            false)
    end as is_recognised
from {{ ref('int_assessments') }} as a
left join {{ ref('int_recognition_events') }} as e
    on a.county_code = e.county_code and e.event_on <= make_date(cast(a.assessment_year as integer), 12, 31)
group by a.assessment_year, a.county_code
