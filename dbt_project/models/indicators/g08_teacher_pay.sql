-- G8 Teacher pay: teachers' average pay by that of local civil servants, at least 1; and performance pay approved in
-- full, as attested.
with counties as (
    select *, teacher_pay_yuan as numerator, civil_servant_pay_yuan as denominator
    from ({{ assessments_with_line('finance_county', 'int_finance_counties') }})
)

select * from ({{ county_ratio('G8', 'counties') }})
union all by name
select * from ({{ attested_criteria('G8') }})
