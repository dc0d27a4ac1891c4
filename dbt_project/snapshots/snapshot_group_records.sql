{% snapshot snapshot_group_records %}
    {{ config(
        unique_key=['census_year', 'county_code', 'group_name', 'school_term', 'group_activity'],
        check_cols=['activities_held', 'researchers', 'evaluation', 'evaluated_on'],
    ) }}
    select census_year, county_code, group_name, school_term, group_activity, activities_held, researchers, evaluation,
        evaluated_on
    from {{ ref('int_group_records') }}
{% endsnapshot %}
