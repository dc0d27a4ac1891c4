-- The four dimensions side by side, the vetoes, and one verdict; beside it what the reviews found, never mixed in.
{%- set dimensions = ('resource_allocation', 'government_assurance', 'education_quality', 'social_recognition') %}
with resource as (
    select census_year, county_code, 'R' as indicator_code, verdict from {{ ref('mart_school_compliance') }}
    union all
    select census_year, county_code, 'CV' || indicator_code, verdict from {{ ref('mart_resource_balance') }}
    union all
    select census_year, county_code, 'R', 'no_data' from {{ ref('int_unplaced_schools') }}
),

judged as (
    select
        a.assessment_year, a.county_code, 'resource_allocation' as dimension, r.indicator_code,
        r.verdict
    from {{ ref('int_assessments') }} as a
    inner join resource as r on a.census_year = r.census_year and a.county_code = r.county_code
    union all
    select assessment_year, county_code, dimension, indicator_code, verdict
    from {{ ref('int_indicator_results') }}
    where judged_at = 'county'
),

indicators as (
    select assessment_year, county_code, dimension, indicator_code, {{ all_must_pass('verdict') }} as verdict
    from judged
    group by assessment_year, county_code, dimension, indicator_code
),

dimensions as (
    select
        assessment_year,
        county_code,
        {%- for dimension in dimensions %}
        {{ all_must_pass("case when dimension = '" ~ dimension ~ "' then verdict end") }} as {{ dimension }},
        {%- endfor %}
        count(*) filter (where verdict = 'pass') as indicators_passed,
        count(*) filter (where verdict = 'fail') as indicators_failed,
        count(*) filter (where verdict = 'no_data') as indicators_missing
    from indicators
    group by assessment_year, county_code
),

-- Judged first, then attested: a veto without an attestation is open.
vetoes as (
    select
        a.assessment_year,
        a.county_code,
        case
            when bool_or(o.veto_occurred = 'yes') then 'fail'
            when count(o.veto_occurred) = count(*) then 'pass'
            else 'no_data'
        end as verdict,
        string_agg(v.veto, ', ' order by v.veto) filter (where o.veto_occurred = 'yes') as vetoes
    from {{ ref('int_assessments') }} as a
    cross join {{ ref('vetoes') }} as v
    left join {{ ref('int_vetoes') }} as o on a.assessment_year = o.assessment_year and a.county_code = o.county_code
        and v.veto = o.veto
    group by a.assessment_year, a.county_code
),

joined as (
    select
        a.assessment_year,
        a.county_code,
        {%- for dimension in dimensions %}
        -- Nothing delivered at all is not the same as nothing that applies.
        case when coalesce(d.{{ dimension }}, 'not_applicable') = 'not_applicable' then 'no_data'
            else d.{{ dimension }} end as {{ dimension }},
        {%- endfor %}
        t.verdict as veto_verdict,
        t.vetoes,
        d.indicators_passed,
        d.indicators_failed,
        d.indicators_missing,
        n.is_recognised,
        r.reviews,
        s.standard_version
    from {{ ref('int_assessments') }} as a
    left join dimensions as d using (assessment_year, county_code)
    left join vetoes as t using (assessment_year, county_code)
    left join (
        select
            assessment_year, county_code,
            string_agg(concat_ws(' ', review_level, review_verdict, document, held_on), '; '
                order by held_on, review_level, row) as reviews
        from {{ ref('int_reviews') }}
        group by assessment_year, county_code
    ) as r using (assessment_year, county_code)
    left join {{ ref('int_recognition') }} as n using (assessment_year, county_code)
    left join {{ ref('int_county_standards') }} as s on a.census_year = s.census_year and a.county_code = s.county_code
)

{% call described(['county']) %}
select
    cast(assessment_year as integer) as assessment_year,
    county_code,
    resource_allocation,
    government_assurance,
    education_quality,
    social_recognition,
    veto_verdict,
    vetoes,
    case
        when 'fail' in (resource_allocation, government_assurance, education_quality, social_recognition,
            veto_verdict) then 'fail'
        when 'no_data' in (resource_allocation, government_assurance, education_quality, social_recognition,
            veto_verdict) then 'no_data'
        else 'pass'
    end as verdict,
    case
        when 'fail' in (resource_allocation, government_assurance, education_quality, social_recognition,
            veto_verdict) then null
        when 'no_data' in (resource_allocation, government_assurance, education_quality, social_recognition,
            veto_verdict) then 'not_reported'
    end as reason,
    cast(coalesce(indicators_passed, 0) as integer) as indicators_passed,
    cast(coalesce(indicators_failed, 0) as integer) as indicators_failed,
    cast(coalesce(indicators_missing, 0) as integer) as indicators_missing,
    is_recognised,
    reviews,
    standard_version
from joined
{% endcall %}
order by assessment_year, county_code
