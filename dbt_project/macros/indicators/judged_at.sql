{# Where a verdict of an indicator holds: the county, a school, a stage of it by its classes, or a grade and subject. #}
{% macro judged_at(alias) -%}
    case
        when {{ alias }}.school_id <> '' then case when {{ alias }}.stage = 'all' then 'school' else 'class_stage' end
        when {{ alias }}.subject is not null then 'grade_subject'
        else 'county'
    end
{%- endmacro %}
