{% snapshot snapshot_group_exchange %}
    {{ config(
        unique_key=['census_year', 'county_code', 'group_name'],
        check_cols=['teachers_exchanged'],
    ) }}
    select census_year, county_code, group_name, teachers_exchanged from {{ ref('int_group_exchange') }}
{% endsnapshot %}
