{% call described(['county', 'indicator', 'unit', 'school_name', 'school'], census_year='assessment_year - 1') %}
select
    r.assessment_year, r.county_code, r.indicator_code, r.judged_at, r.school_id, r.stage, r.grade, r.subject,
    r.value, r.value_low, r.value_high, r.numerator, r.denominator, r.standard, r.failing_schools, r.evidence, r.how,
        r.is_printed, r.data_year,
    r.verdict, r.reason, r.standard_version,
    s.sample_due, s.interval_low, s.interval_high, s.warnings
from {{ ref('int_indicator_results') }} as r
left join {{ ref('int_survey') }} as s on r.data_year = s.data_year and r.county_code = s.county_code
where r.dimension = 'social_recognition'
{% endcall %}
