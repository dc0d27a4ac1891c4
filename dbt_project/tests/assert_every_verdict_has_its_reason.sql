-- A verdict without data says why; one with data gives no reason. Not applicable is earned: no school in scope, an
-- attestation, or a school-stage without pupils or classes.
with verdicts as (
    {%- for mart in (
        'mart_resource_allocation', 'mart_school_compliance', 'mart_resource_balance', 'mart_government_assurance',
        'mart_education_quality', 'mart_social_recognition', 'mart_county_scorecard', 'mart_growth_check'
    ) %}
    select '{{ mart }}' as mart, county_code, verdict, reason from {{ only_changed_counties(ref(mart)) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from verdicts
where (verdict in ('no_data', 'not_applicable')) <> (reason is not null)
    or (reason is not null and reason not in (select r.reason from {{ ref('reasons') }} as r))
    or (verdict = 'not_applicable' and reason not in ('no_school_in_scope', 'attested_none', 'zero_denominator'))
    or verdict is null
    or verdict not in ('pass', 'fail', 'no_data', 'not_applicable')
