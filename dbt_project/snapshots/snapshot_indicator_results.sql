{% snapshot snapshot_indicator_results %}
    {{ config(
        unique_key=['assessment_year', 'county_code', 'indicator_code', 'judged_at', 'school_id', 'stage',
            'grade_of_key', 'subject_of_key'],
        check_cols=['value', 'value_low', 'value_high', 'numerator', 'denominator', 'standard', 'gap',
            'failing_schools', 'verdict', 'reason', 'is_printed', 'data_year'],
    ) }}
    -- dbt finds a version again by its key only where no part of it is null. What nobody delivered for a school is
    -- kept as its county's result alone.
    select
        assessment_year, county_code, indicator_code, judged_at, school_id, stage,
        coalesce(grade, 0) as grade_of_key, coalesce(subject, '') as subject_of_key,
        value, value_low, value_high, numerator, denominator, standard, gap, failing_schools, verdict, reason,
            is_printed, data_year, standard_version
    from {{ ref('int_indicator_results') }}
    where judged_at = 'county' or reason is distinct from 'not_delivered'
{% endsnapshot %}
