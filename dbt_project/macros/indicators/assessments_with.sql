{#
    Every assessment with the file of a form that feeds it: assessment_year, county_code, census_year, data_year,
    file_name; `form_reason` says why there is none, and is null where there is one.
#}
{% macro assessments_with(form) -%}
    select
        a.assessment_year,
        a.county_code,
        a.census_year,
        f.data_year,
        f.file_name,
        case when f.data_year is null then coalesce(f.reason, 'not_reported') end as form_reason
    from {{ ref('int_assessments') }} as a
    left join {{ ref('int_assessment_forms') }} as f
        on a.assessment_year = f.assessment_year and a.county_code = f.county_code and f.form = '{{ form }}'
{%- endmacro %}
