-- What social recognition is judged on (S1): satisfied of valid answers, and which answers count as satisfied. Answers
-- that were set aside bound the rate; a sample under half of what is due decides nothing.
with forms as (
    select
        a.assessment_year, a.county_code,
        coalesce(max(f.data_year) filter (where f.form = 'survey_answers'),
            max(f.data_year) filter (where f.form = 'survey_summary')) as data_year,
        coalesce(max(f.file_name) filter (where f.form = 'survey_answers'),
            max(f.file_name) filter (where f.form = 'survey_summary')) as file_name,
        {{ first_reason('f.reason') }} as reason
    from {{ ref('int_assessments') }} as a
    left join {{ ref('int_assessment_forms') }} as f
        on a.assessment_year = f.assessment_year and a.county_code = f.county_code
            and f.form in ('survey_answers', 'survey_summary')
    group by a.assessment_year, a.county_code
)

select
    f.assessment_year,
    f.county_code,
    'S1' as indicator_code,
    '' as school_id,
    'all' as stage,
    cast(null as integer) as grade,
    cast(null as varchar) as subject,
    '' as part,
    case when not s.is_too_small then s.satisfied end as numerator,
    s.valid as denominator,
    case when not s.is_too_small then s.low end as low,
    case when not s.is_too_small then s.high end as high,
    cast(null as double) as standard,
    true as applies,
    case
        when f.data_year is null then coalesce(f.reason, 'not_reported')
        when s.valid is null then case when s.is_set_aside then 'quarantined' else 'not_reported' end
        when s.is_too_small then 'sample_too_small'
        when s.valid = 0 then case when s.is_open then 'quarantined' else 'zero_denominator' end
        when s.is_open then case when s.is_set_aside then 'quarantined' else 'not_reported' end
    end as reason,
    f.data_year,
    f.file_name as evidence,
    concat_ws('; ', 'satisfied: ' || c.satisfied_answers, s.warnings) as how
from forms as f
cross join (
    select string_agg(name_zh, '、' order by answer desc) as satisfied_answers from {{ ref('survey_answers') }}
    where is_satisfied
) as c
left join {{ ref('int_survey') }} as s on f.data_year = s.data_year and f.county_code = s.county_code
