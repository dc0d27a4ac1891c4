-- Funds, pay and budgets (G6, G7, the ratio of G8, Q4): one row per assessment, indicator, county or school, with
-- numerator and denominator, or why they are missing.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
),

county_finance as (
    select a.assessment_year, a.county_code, a.data_year, a.reason as form_reason, a.file_name, c.* exclude (data_year, county_code)
    from forms as a
    left join {{ ref('int_finance_counties') }} as c on a.data_year = c.data_year and a.county_code = c.county_code
    where a.form = 'finance_county'
),

finance as (
    select
        assessment_year, county_code, indicator_code, numerator, denominator,
        case
            when denominator = 0 then 'zero_denominator'
            when numerator is null or denominator is null then coalesce(form_reason, case when is_set_aside then 'quarantined' end, 'not_reported')
        end as reason,
        data_year, file_name
    from (
        select assessment_year, county_code, 'G7' as indicator_code, special_education_funds_yuan as numerator,
            special_education_pupils as denominator, form_reason, is_set_aside, data_year, file_name
        from county_finance
        union all
        select assessment_year, county_code, 'G8', teacher_pay_yuan, civil_servant_pay_yuan, form_reason, is_set_aside, data_year, file_name
        from county_finance
    )
),

-- Judged before folding: a small point is funded as such even where it counts with its school.
small_schools as (
    select
        a.assessment_year, a.county_code, 'G6' as indicator_code, s.school_id, 'all' as stage, '' as part,
        b.public_funds_approved_yuan as numerator,
        {{ parameter('g6_pupils', 'a.census_year') }} * c.quota_primary_yuan as denominator,
        1.0 as standard, true as applies,
        case
            when p.value is null then coalesce(p.reason, s.missing_reason, 'not_reported')
            when s.urban_rural is null and {{ parameter('g6_covers_towns', 'a.census_year') }} = 0 then 'not_reported'
            when b.public_funds_approved_yuan is null then case
                when b.is_budget_set_aside then 'quarantined' when b.has_budget then 'not_reported' else coalesce(f.reason, 'not_reported') end
            when c.quota_primary_yuan is null then coalesce(c.form_reason, case when c.is_set_aside then 'quarantined' end, 'not_reported')
        end as reason,
        f.data_year, f.file_name as evidence, cast(null as varchar) as how
    from {{ ref('int_scope_schools') }} as s
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    inner join {{ ref('int_school_measures') }} as p
        on s.census_year = p.census_year and s.county_code = p.county_code and s.school_id = p.school_id
        and p.measure = 'pupils' and p.stage = 'primary'
    inner join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code and f.form = 'finance_budget'
    left join {{ ref('int_finance_schools') }} as b
        on f.data_year = b.fiscal_year and f.county_code = b.county_code and s.school_id = b.school_id
    left join county_finance as c on a.assessment_year = c.assessment_year and a.county_code = c.county_code
    where s.indicator_code = 'G6'
        and (coalesce(s.urban_rural, 'rural') = 'rural' or {{ parameter('g6_covers_towns', 'a.census_year') }} = 1)
        and (p.value is null or p.value < {{ parameter('g6_pupils', 'a.census_year') }})
),

training as (
    select
        a.assessment_year, a.county_code, s.indicator_code, s.school_id,
        b.training_budget_yuan as numerator, b.public_funds_budget_yuan as denominator,
        case
            when b.public_funds_budget_yuan = 0 then 'zero_denominator'
            when b.training_budget_yuan is null or b.public_funds_budget_yuan is null
                then case when b.is_budget_set_aside then 'quarantined' when b.has_budget then 'not_reported' else coalesce(f.reason, 'not_reported') end
        end as reason,
        f.data_year, f.file_name as evidence, cast(null as varchar) as how
    from {{ ref('int_scope_schools') }} as s
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    inner join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code and f.form = 'finance_budget'
    left join {{ ref('int_finance_schools') }} as b
        on f.data_year = b.fiscal_year and f.county_code = b.county_code and s.school_id = b.school_id
    where s.indicator_code = 'Q4' and s.counts_as_school
)

select
    assessment_year, county_code, indicator_code, '' as school_id, 'all' as stage, cast(null as integer) as grade, cast(null as varchar) as subject, 'ratio' as part,
    numerator, denominator, cast(null as double) as standard, reason is distinct from 'zero_denominator' as applies, reason, data_year, file_name as evidence, cast(null as varchar) as how
from finance
union all
select
    assessment_year, county_code, indicator_code, school_id, stage, cast(null as integer) as grade, cast(null as varchar) as subject, part,
    numerator, denominator, standard, applies, reason, data_year, evidence, how
from small_schools
union all
select
    assessment_year, county_code, indicator_code, school_id, 'all', cast(null as integer) as grade, cast(null as varchar) as subject, '',
    numerator, denominator, cast(null as double), reason is distinct from 'zero_denominator', reason, data_year, evidence, how
from training
