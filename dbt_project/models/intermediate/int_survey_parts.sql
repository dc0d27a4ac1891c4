-- What social recognition is judged on (S1): satisfied of valid answers, and which answers count as satisfied. A sample
-- under half of what is due decides nothing.
select
    a.assessment_year,
    a.county_code,
    'S1' as indicator_code,
    '' as school_id,
    'all' as stage,
    cast(null as integer) as grade,
    cast(null as varchar) as subject,
    '' as part,
    case when not s.is_too_small and not s.is_set_aside then s.satisfied end as numerator,
    s.valid as denominator,
    cast(null as double) as standard,
    true as applies,
    case
        when s.county_code is null then coalesce(f.reason, g.reason, 'not_reported')
        when s.is_set_aside then 'quarantined'
        when s.is_too_small then 'sample_too_small'
        when s.satisfied is null then 'not_reported'
    end as reason,
    coalesce(f.data_year, g.data_year) as data_year,
    coalesce(f.file_name, g.file_name) as evidence,
    concat_ws('; ', 'satisfied: ' || c.satisfied_answers, s.warnings) as how
from {{ ref('int_assessments') }} as a
inner join {{ ref('int_assessment_forms') }} as f
    on a.assessment_year = f.assessment_year and a.county_code = f.county_code and f.form = 'survey_answers'
inner join {{ ref('int_assessment_forms') }} as g
    on a.assessment_year = g.assessment_year and a.county_code = g.county_code and g.form = 'survey_summary'
cross join (
    select string_agg(name_zh, '、' order by answer desc) as satisfied_answers from {{ ref('survey_answers') }} where is_satisfied
) as c
left join {{ ref('int_survey') }} as s
    on coalesce(f.data_year, g.data_year) = s.data_year and a.county_code = s.county_code
