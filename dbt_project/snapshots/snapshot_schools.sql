{% snapshot snapshot_schools %}
    {{ config(
        unique_key=['census_year', 'county_code', 'school_id'],
        check_cols=['school_name', 'school_type', 'urban_rural', 'run_by', 'counts_as_school', 'parent_school_id',
            'is_boarding', 'missing_reason'],
    ) }}
    select
        census_year, county_code, school_id, school_name, school_type, urban_rural, run_by, counts_as_school,
        parent_school_id, is_boarding, missing_reason
    from {{ ref('int_school_roster') }}
{% endsnapshot %}
