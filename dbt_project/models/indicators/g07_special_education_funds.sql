-- G7 Special-education public funds per pupil: funds of special education by its pupils, at least 6000 yuan.
with counties as (
    select *, special_education_funds_yuan as numerator, special_education_pupils as denominator
    from ({{ assessments_with_line('finance_county', 'int_finance_counties') }})
)

{{ county_ratio('G7', 'counties') }}
