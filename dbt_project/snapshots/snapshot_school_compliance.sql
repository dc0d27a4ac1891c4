{% snapshot snapshot_school_compliance %}
    {{ config(
        unique_key=['census_year', 'county_code', 'school_id', 'stage'],
        check_cols=['indicators_met', 'indicators_below_floor', 'indicators_missing', 'verdict', 'reason'],
    ) }}
    select
        census_year, county_code, school_id, stage,
        indicators_met, indicators_below_floor, indicators_missing, verdict, reason, standard_version
    from {{ ref('mart_school_compliance') }}
{% endsnapshot %}
