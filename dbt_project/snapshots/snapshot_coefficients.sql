{% snapshot snapshot_coefficients %}
    {{ config(
        unique_key=['census_year', 'county_code', 'stage', 'indicator_code'],
        check_cols=['schools', 'pupils', 'mean', 'cv', 'cv_limit', 'is_incomplete', 'verdict', 'reason'],
    ) }}
    select
        census_year, county_code, stage, indicator_code,
        schools, pupils, mean, cv, cv_limit, is_incomplete, verdict, reason, standard_version
    from {{ ref('mart_resource_balance') }}
{% endsnapshot %}
