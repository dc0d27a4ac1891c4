{% snapshot snapshot_resource_values %}
    {{ config(
        unique_key=['census_year', 'county_code', 'school_id', 'stage', 'indicator_code'],
        check_cols=['pupils', 'quantity', 'value', 'standard', 'gap_to_standard', 'verdict', 'reason'],
    ) }}
    select
        census_year, county_code, school_id, stage, indicator_code,
        pupils, quantity, value, standard, gap_to_standard, gap_unit, verdict, reason, standard_version
    from {{ ref('mart_resource_allocation') }}
{% endsnapshot %}
