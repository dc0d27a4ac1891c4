-- G7 Special-education public funds per pupil: funds of special education by its pupils, at least 6000 yuan.
with counties as (
    select
        a.*,
        c.special_education_funds_yuan as numerator,
        c.special_education_pupils as denominator,
        coalesce(a.form_reason, {{ row_reason('c.is_set_aside') }}) as missing_reason
    from ({{ assessments_with('finance_county') }}) as a
    left join {{ ref('int_finance_counties') }} as c on a.data_year = c.data_year and a.county_code = c.county_code
)

{{ county_ratio('G7', 'counties') }}
