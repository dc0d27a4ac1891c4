-- Q9a National monitoring: achievement level III or above. Q9b Between-school share of variance: below 0.15. One row
-- per county, grade and subject; a county never sampled, or not for years, has one that says so.
with monitored as (
    select
        m.assessment_year,
        m.county_code,
        i.indicator_code,
        m.grade,
        m.subject,
        case i.indicator_code when 'Q9a' then m.achievement_level else m.between_school_difference end as numerator,
        m.is_set_aside,
        m.data_year,
        case i.indicator_code
            when 'Q9a'
                then concat_ws(' ', 'level III or above:', cast(m.share_at_level_3_or_above as varchar), '%')
        end as how
    from {{ ref('int_monitoring') }} as m
    cross join (values ('Q9a'), ('Q9b')) as i (indicator_code)
),

never as (
    select
        a.assessment_year,
        a.county_code,
        i.indicator_code,
        case when a.form_reason = 'refused' then 'refused' else 'never_monitored' end as reason
    from ({{ assessments_with('monitoring_results') }}) as a
    cross join (values ('Q9a'), ('Q9b')) as i (indicator_code)
    where not exists (
        select 1 from {{ ref('int_monitoring') }} as m
        where m.assessment_year = a.assessment_year and m.county_code = a.county_code
    )
)

select
    * exclude (is_set_aside),
    case when numerator is null then {{ row_reason('is_set_aside') }} end as reason
from monitored
union all by name
select * from never
