{% call described(['county', 'indicator', 'unit', 'school_name', 'school'], census_year='assessment_year - 1') %}
select
    assessment_year, county_code, indicator_code, judged_at, school_id, stage, grade, subject,
    value, value_low, value_high, numerator, denominator, standard, failing_schools, evidence, how, is_printed,
        data_year,
    verdict, reason, standard_version
from {{ ref('int_indicator_results') }}
where dimension = 'education_quality'
{% endcall %}
