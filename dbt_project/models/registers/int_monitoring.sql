-- The result of each grade and subject that counts in an assessment: the latest, not older than allowed.
with results as (
    {{ rows_in_force('monitoring', 'monitoring_results', ['grade', 'subject'], [
        'mean_score', 'achievement_level', 'between_school_difference', 'share_level_3', 'share_level_4',
        'monitored_schools', 'monitored_pupils', 'mean_score_province', 'mean_score_nation',
    ]) }}
),

assessments as (
    select
        assessment_year, county_code,
        assessment_year - {{ parameter('q9_result_age_limit', 'census_year') }} as oldest_year
    from {{ ref('int_assessments') }}
)

select
    a.assessment_year,
    a.county_code,
    cast(r.grade as integer) as grade,
    r.subject,
    r.data_year,
    r.file_sha256,
    r.row,
    cast(r.achievement_level as double) as achievement_level,
    r.between_school_difference,
    r.share_level_3 + r.share_level_4 as share_at_level_3_or_above,
    r.mean_score,
    r.monitored_schools,
    r.monitored_pupils,
    r.mean_score_province,
    r.mean_score_nation,
    r.is_set_aside
from assessments as a
inner join results as r
    on a.county_code = r.county_code and r.data_year between a.oldest_year and a.assessment_year - 1
where r.grade is not null and r.subject is not null
qualify row_number() over (partition by a.assessment_year, a.county_code, r.grade, r.subject
order by r.data_year desc, r.row desc) = 1
