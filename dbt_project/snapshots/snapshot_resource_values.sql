{# As the quantities are read, so it is written: county after county. #}
{% snapshot snapshot_resource_values %}
    {{ config(
        unique_key=['census_year', 'county_code', 'school_id', 'stage', 'indicator_code'],
        check_cols=['pupils', 'quantity', 'value', 'standard', 'gap_to_standard', 'verdict', 'reason'],
        meta={'is_sorted': false},
    ) }}
    select
        census_year, county_code, school_id, stage, indicator_code,
        pupils, quantity, value, standard, gap_to_standard, gap_unit, verdict, reason, standard_version
    from {{ ref('int_resource_verdicts') }}
{% endsnapshot %}
