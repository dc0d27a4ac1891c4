-- Funds, pay and budgets (G6, G7, the ratio of G8, Q4): one row per assessment, indicator, county or school, with
-- numerator and denominator, or why they are missing.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
    where form in ('finance_county', 'finance_budget')
),

county_finance as (
    select
        a.assessment_year, a.county_code, f.data_year, f.file_name, c.* exclude (data_year, county_code),
        coalesce(f.reason, case when c.is_set_aside then 'quarantined' end, 'not_reported') as missing_reason
    from {{ ref('int_assessments') }} as a
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form = 'finance_county'
    left join {{ ref('int_finance_counties') }} as c on f.data_year = c.data_year and f.county_code = c.county_code
),

finance as (
    select
        q.assessment_year, q.county_code, q.indicator_code, q.numerator, q.denominator,
        coalesce(q.denominator, 0) > 0 or n.county_code is null as applies,
        case
            when n.county_code is not null and coalesce(q.denominator, 0) = 0 then 'attested_none'
            when q.denominator = 0 then 'zero_denominator'
            when q.numerator is null or q.denominator is null then q.missing_reason
        end as reason,
        q.data_year, coalesce(q.file_name, n.evidence) as evidence
    from (
        select assessment_year, county_code, 'G7' as indicator_code, special_education_funds_yuan as numerator,
            special_education_pupils as denominator, missing_reason, data_year, file_name
        from county_finance
        union all
        select assessment_year, county_code, 'G8', teacher_pay_yuan, civil_servant_pay_yuan, missing_reason, data_year,
            file_name
        from county_finance
    ) as q
    left join {{ ref('int_attested_none') }} as n
        on q.assessment_year = n.assessment_year and q.county_code = n.county_code
            and q.indicator_code = n.indicator_code
),

-- Judged before folding: a small point is funded as such even where it counts with its school. Village schools, and
-- every teaching point wherever it lies.
small_schools as (
    select
        a.assessment_year, a.county_code, 'G6' as indicator_code, s.school_id,
        b.public_funds_approved_yuan as numerator,
        g.value * c.quota_primary_yuan as denominator,
        case
            when p.value is null then coalesce(p.reason, s.missing_reason, 'not_reported')
            when s.urban_rural is null and not t.is_point
                and {{ parameter('g6_covers_towns', 'a.census_year') }} = 0 then 'not_reported'
            when b.public_funds_approved_yuan is null then case
                when b.is_budget_set_aside then 'quarantined' when b.has_budget then 'not_reported'
                    else coalesce(f.reason, 'not_reported') end
            when c.quota_primary_yuan is null then c.missing_reason
            when c.quota_primary_yuan = 0 then 'zero_denominator'
        end as reason,
        f.data_year, f.file_name as evidence
    from {{ ref('int_scope_schools') }} as s
    inner join {{ ref('school_types') }} as t on s.school_type = t.school_type
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    inner join {{ ref('parameters') }} as g
        on g.parameter = 'g6_pupils' and a.census_year between g.valid_from_year and coalesce(g.valid_to_year, 9999)
    inner join {{ ref('int_school_measures') }} as p
        on s.census_year = p.census_year and s.county_code = p.county_code and s.school_id = p.school_id
        and p.measure = 'pupils' and p.stage = 'primary'
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form = 'finance_budget'
    left join {{ ref('int_finance_schools') }} as b
        on f.data_year = b.fiscal_year and f.county_code = b.county_code and s.school_id = b.school_id
    left join county_finance as c on a.assessment_year = c.assessment_year and a.county_code = c.county_code
    where s.indicator_code = 'G6'
        and (coalesce(s.urban_rural, 'rural') = 'rural' or t.is_point
            or {{ parameter('g6_covers_towns', 'a.census_year') }} = 1)
        and (p.value is null or {{ below('p.value', 'g.value') }})
),

training as (
    select
        a.assessment_year, a.county_code, s.indicator_code, s.school_id,
        b.training_budget_yuan as numerator, b.public_funds_budget_yuan as denominator,
        case
            when b.public_funds_budget_yuan = 0 then 'zero_denominator'
            when b.training_budget_yuan is null or b.public_funds_budget_yuan is null
                then case when b.is_budget_set_aside then 'quarantined' when b.has_budget then 'not_reported'
                    else coalesce(f.reason, 'not_reported') end
        end as reason,
        f.data_year, f.file_name as evidence
    from {{ ref('int_scope_schools') }} as s
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form = 'finance_budget'
    left join {{ ref('int_finance_schools') }} as b
        on f.data_year = b.fiscal_year and f.county_code = b.county_code and s.school_id = b.school_id
    where s.indicator_code = 'Q4' and s.is_judged
),

parts as (
    select *, '' as school_id, 'ratio' as part, cast(null as double) as standard from finance
    union all by name
    select *, '' as part, 1.0 as standard, true as applies from small_schools
    union all by name
    select *, '' as part, cast(null as double) as standard, true as applies from training
)

select
    assessment_year, county_code, indicator_code, school_id, 'all' as stage, cast(null as integer) as grade,
        cast(null as varchar) as subject, part,
    numerator, denominator, cast(null as double) as low, cast(null as double) as high, standard, applies, reason,
        data_year, evidence, cast(null as varchar) as how
from parts
