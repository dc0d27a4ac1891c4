-- Q4 Training funds: each school's budget for teacher training, of its public-funds budget, at least 5 %. One row per
-- school.
with assessments as ({{ assessments_with('finance_budget') }})

select
    a.assessment_year,
    a.county_code,
    'Q4' as indicator_code,
    s.school_id,
    b.training_budget_yuan as numerator,
    b.public_funds_budget_yuan as denominator,
    case
        when b.public_funds_budget_yuan = 0 then 'zero_denominator'
        when b.training_budget_yuan is null or b.public_funds_budget_yuan is null then {{ budget_reason('a', 'b') }}
    end as reason,
    a.data_year,
    a.file_name as evidence
from {{ only_changed_counties(ref('int_scope_schools'), 's') }}
inner join assessments as a using (census_year, county_code)
left join {{ ref('int_finance_schools') }} as b
    on a.data_year = b.fiscal_year and a.county_code = b.county_code and s.school_id = b.school_id
where s.indicator_code = 'Q4' and s.is_judged
