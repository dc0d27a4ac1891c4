{% snapshot snapshot_targets %}
    {{ config(
        unique_key=['county_code', 'group_name', 'metric', 'target_year'],
        check_cols=['target_value', 'direction', 'base_year', 'due_on', 'document', 'clause'],
    ) }}
    select county_code, group_name, metric, target_year, target_value, direction, base_year, due_on, document, clause
    from {{ ref('int_targets') }}
{% endsnapshot %}
