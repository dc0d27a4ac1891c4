{% snapshot snapshot_group_members %}
    {{ config(
        unique_key=['census_year', 'county_code', 'group_name', 'school_id'],
        check_cols=['school_name', 'group_role', 'joined_on', 'left_on', 'urban_rural'],
    ) }}
    select census_year, county_code, group_name, school_id, school_name, group_role, joined_on, left_on, urban_rural
    from {{ ref('int_group_members') }}
{% endsnapshot %}
