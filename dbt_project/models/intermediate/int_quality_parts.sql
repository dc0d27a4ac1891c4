-- What education quality is judged on: one row per assessment, indicator and place it is judged at, with numerator
-- and denominator, or why they are missing.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
),

county_enrolment as (
    select
        a.assessment_year, a.county_code, a.data_year, a.file_name,
        e.* exclude (data_year, county_code),
        coalesce(a.reason, case when e.is_set_aside then 'quarantined' end, 'not_reported') as missing_reason,
        {{ parameter('q1_formula', 'a.assessment_year - 1') }} as formula
    from forms as a
    left join {{ ref('int_enrolment_counties') }} as e on a.data_year = e.data_year and a.county_code = e.county_code
    where a.form = 'enrolment_county'
),

-- Three formulas of retention are in use; the parameter names the one applied, and the result carries its name.
retention as (
    select
        assessment_year, county_code, data_year, file_name, missing_reason,
        case formula when 1 then cohort_graduates - cohort_in + cohort_out else cohort_graduates end as numerator,
        case formula
            when 1 then cohort_entrants - cohort_deaths
            when 2 then cohort_entrants + cohort_in - cohort_out - cohort_deaths
            when 3 then greatest(cohort_entrants + cohort_in - cohort_out, cohort_graduates)
        end as denominator,
        case formula
            when 1 then 'a: (graduates - in + out) / (entrants - deaths)'
            when 2 then 'b: graduates / (entrants + in - out - deaths)'
            when 3 then 'c: graduates / (entrants + in - out), at most 100 %'
        end as how
    from county_enrolment
),

counties as (
    select
        assessment_year, county_code, 'Q1' as indicator_code, 'junior' as stage, numerator, denominator,
        case when denominator <= 0 then 'zero_denominator' when numerator is null or denominator is null then missing_reason end as reason,
        data_year, file_name, how
    from retention
    union all
    select
        assessment_year, county_code, 'Q2', 'all', disabled_in_special_schools + disabled_in_regular_classes + disabled_taught_at_home,
        disabled_children,
        case
            when disabled_children = 0 then 'zero_denominator'
            when disabled_in_special_schools + disabled_in_regular_classes + disabled_taught_at_home is null or disabled_children is null then missing_reason
        end,
        data_year, file_name, null
    from county_enrolment
),

schools as (
    select a.assessment_year, s.*
    from {{ ref('int_scope_schools') }} as s
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    where s.counts_as_school
),

attested as (
    select
        s.assessment_year, s.county_code, s.indicator_code, s.school_id,
        t.value as numerator, cast(null as double) as denominator,
        case when t.value is null then case when t.is_set_aside then 'quarantined' else coalesce(f.reason, 'not_reported') end end as reason,
        s.assessment_year as data_year, t.evidence, 'attestation' as how
    from schools as s
    inner join {{ ref('attested_items') }} as i on s.indicator_code = i.indicator_code and i.judged_at = 'school'
    inner join forms as f on s.assessment_year = f.assessment_year and s.county_code = f.county_code and f.form = 'attestations'
    left join {{ ref('int_attestations') }} as t
        on s.assessment_year = t.assessment_year and s.county_code = t.county_code and s.indicator_code = t.indicator_code and s.school_id = t.school_id
),

training as (
    select
        s.assessment_year, s.county_code, s.indicator_code, s.school_id,
        b.training_budget_yuan as numerator, b.public_funds_budget_yuan as denominator,
        case
            when b.public_funds_budget_yuan = 0 then 'zero_denominator'
            when b.training_budget_yuan is null or b.public_funds_budget_yuan is null
                then case when b.is_budget_set_aside then 'quarantined' when b.has_budget then 'not_reported' else coalesce(f.reason, 'not_reported') end
        end as reason,
        f.data_year, f.file_name as evidence, cast(null as varchar) as how
    from schools as s
    inner join forms as f on s.assessment_year = f.assessment_year and s.county_code = f.county_code and f.form = 'finance_budget'
    left join {{ ref('int_finance_schools') }} as b
        on f.data_year = b.fiscal_year and f.county_code = b.county_code and s.school_id = b.school_id
    where s.indicator_code = 'Q4'
),

monitored as (
    select
        m.assessment_year, m.county_code, i.indicator_code, m.grade, m.subject,
        case i.indicator_code when 'Q9a' then m.achievement_level else m.between_school_difference end as numerator,
        case
            when (case i.indicator_code when 'Q9a' then m.achievement_level else m.between_school_difference end) is null
                then case when m.is_set_aside then 'quarantined' else 'not_reported' end
        end as reason,
        m.data_year,
        case i.indicator_code when 'Q9a' then concat_ws(' ', 'level III or above:', cast(m.share_at_level_3_or_above as varchar), '%') end as how
    from {{ ref('int_monitoring') }} as m
    cross join (values ('Q9a'), ('Q9b')) as i (indicator_code)
),

-- A county that was never sampled, or not for years, has one row that says so.
never as (
    select a.assessment_year, a.county_code, i.indicator_code, case when f.reason = 'refused' then 'refused' else 'never_monitored' end as reason
    from {{ ref('int_assessments') }} as a
    cross join (values ('Q9a'), ('Q9b')) as i (indicator_code)
    inner join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code and f.form = 'monitoring_results'
    where not exists (select 1 from {{ ref('int_monitoring') }} as m where m.assessment_year = a.assessment_year and m.county_code = a.county_code)
)

select
    assessment_year, county_code, indicator_code, '' as school_id, stage, cast(null as integer) as grade, cast(null as varchar) as subject,
    numerator, denominator, reason is distinct from 'zero_denominator' as applies, reason, data_year, file_name as evidence, how
from counties
union all
select
    assessment_year, county_code, indicator_code, school_id, 'all', null, null,
    numerator, denominator, true, reason, data_year, evidence, how
from attested
union all
select
    assessment_year, county_code, indicator_code, school_id, 'all', null, null,
    numerator, denominator, reason is distinct from 'zero_denominator', reason, data_year, evidence, how
from training
union all
select
    assessment_year, county_code, indicator_code, '', 'all', grade, subject,
    numerator, null, true, reason, data_year, null, how
from monitored
union all
select assessment_year, county_code, indicator_code, '', 'all', null, null, null, null, true, reason, null, null, null
from never
