-- Levels and between-school differences (Q9): one row per assessment, county, indicator, grade and subject; a county
-- never monitored has one that says so.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
    where form = 'monitoring_results'
),

monitored as (
    select
        m.assessment_year, m.county_code, i.indicator_code, m.grade, m.subject,
        case i.indicator_code when 'Q9a' then m.achievement_level else m.between_school_difference end as numerator,
        case
            when (case i.indicator_code when 'Q9a' then m.achievement_level
                else m.between_school_difference end) is null
                then case when m.is_set_aside then 'quarantined' else 'not_reported' end
        end as reason,
        m.data_year,
        case i.indicator_code when 'Q9a' then concat_ws(' ', 'level III or above:',
            cast(m.share_at_level_3_or_above as varchar), '%') end as how
    from {{ ref('int_monitoring') }} as m
    cross join (values ('Q9a'), ('Q9b')) as i (indicator_code)
),

-- A county that was never sampled, or not for years, has one row that says so.
never as (
    select a.assessment_year, a.county_code, i.indicator_code, case when f.reason = 'refused' then 'refused'
        else 'never_monitored' end as reason
    from {{ ref('int_assessments') }} as a
    cross join (values ('Q9a'), ('Q9b')) as i (indicator_code)
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
    where not exists (select 1 from {{ ref('int_monitoring') }} as m
    where m.assessment_year = a.assessment_year and m.county_code = a.county_code)
)

select
    assessment_year, county_code, indicator_code, '' as school_id, 'all' as stage, grade, subject, '' as part,
    numerator, cast(null as double) as denominator, cast(null as double) as low, cast(null as double) as high,
        cast(null as double) as standard, true as applies, reason, data_year, cast(null as varchar) as evidence, how
from monitored
union all
select
    assessment_year, county_code, indicator_code, '', 'all', null, null, '',
    null, null, null, null, null, true, reason, null, null, null
from never
