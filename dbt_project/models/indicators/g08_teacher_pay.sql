-- G8 Teacher pay: teachers' average pay by that of local civil servants, at least 1; and performance pay approved in
-- full, as attested.
with counties as (
    select
        a.*,
        c.teacher_pay_yuan as numerator,
        c.civil_servant_pay_yuan as denominator,
        coalesce(a.form_reason, {{ row_reason('c.is_set_aside') }}) as missing_reason
    from ({{ assessments_with('finance_county') }}) as a
    left join {{ ref('int_finance_counties') }} as c on a.data_year = c.data_year and a.county_code = c.county_code
)

select * from ({{ county_ratio('G8', 'counties') }})
union all by name
select * from ({{ attested_criteria('G8') }})
