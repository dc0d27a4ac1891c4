{% snapshot snapshot_recognition %}
    {{ config(
        unique_key=['county_code', 'event', 'event_on'],
        check_cols=['assessment_year', 'document', 'is_printed'],
    ) }}
    select county_code, event, event_on, assessment_year, document, is_printed
    from {{ ref('int_recognition_events') }}
{% endsnapshot %}
