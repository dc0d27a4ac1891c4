{% snapshot snapshot_scorecards %}
    {{ config(
        unique_key=['assessment_year', 'county_code'],
        check_cols=['resource_allocation', 'government_assurance', 'education_quality', 'social_recognition',
            'veto_verdict', 'verdict', 'indicators_passed', 'indicators_failed', 'indicators_missing', 'is_recognised',
            'reviews'],
    ) }}
    select
        assessment_year, county_code, resource_allocation, government_assurance, education_quality, social_recognition,
        veto_verdict, verdict, reason, indicators_passed, indicators_failed, indicators_missing, is_recognised, reviews,
            standard_version
    from {{ ref('mart_county_scorecard') }}
{% endsnapshot %}
