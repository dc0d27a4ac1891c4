{% snapshot snapshot_remediation %}
    {{ config(
        unique_key=['county_code', 'school_id', 'school_name', 'stage', 'indicator_code'],
        check_cols=['office', 'post', 'due_date', 'remark'],
    ) }}
    select county_code, school_id, school_name, stage, indicator_code, office, post, due_date, remark
    from {{ ref('int_remediation') }}
{% endsnapshot %}
