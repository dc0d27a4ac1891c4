-- S1 Social recognition: respondents who are satisfied, of all valid answers, at least 85 %; no verdict from a sample
-- that is much too small.
with forms as (
    select
        a.assessment_year,
        a.county_code,
        coalesce(
            max(f.data_year) filter (where f.form = 'survey_answers'),
            max(f.data_year) filter (where f.form = 'survey_summary')
        ) as data_year,
        coalesce(
            max(f.file_name) filter (where f.form = 'survey_answers'),
            max(f.file_name) filter (where f.form = 'survey_summary')
        ) as file_name,
        {{ most_severe_reason('f.reason') }} as reason
    from {{ ref('int_assessments') }} as a
    left join {{ ref('int_assessment_forms') }} as f
        on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form in ('survey_answers', 'survey_summary')
    group by a.assessment_year, a.county_code
),

words as (
    select string_agg(name_zh, '、' order by answer desc) as satisfied_answers
    from {{ ref('survey_answers') }}
    where is_satisfied
)

select
    f.assessment_year,
    f.county_code,
    'S1' as indicator_code,
    case when not s.is_too_small then s.satisfied end as numerator,
    s.valid as denominator,
    case when not s.is_too_small then s.low end as low,
    case when not s.is_too_small then s.high end as high,
    case
        when f.data_year is null then coalesce(f.reason, 'not_reported')
        when s.valid is null then {{ row_reason('s.is_set_aside') }}
        when s.is_too_small then 'sample_too_small'
        when s.valid = 0 then case when s.is_open then 'quarantined' else 'zero_denominator' end
        when s.is_open then {{ row_reason('s.is_set_aside') }}
    end as reason,
    f.data_year,
    f.file_name as evidence,
    concat_ws('; ', 'satisfied: ' || w.satisfied_answers, s.warnings) as how
from forms as f
cross join words as w
left join {{ ref('int_survey') }} as s on f.data_year = s.data_year and f.county_code = s.county_code
