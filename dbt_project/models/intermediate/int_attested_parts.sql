-- What people attest, of the county or of each school (G1, G2, parts of G8, G10, G15; Q3, Q5 to Q8): one row per
-- assessment, indicator, county or school, and item, as a number, or why it is missing.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
    where form = 'attestations'
),

counties as (
    select
        a.assessment_year, a.county_code, i.indicator_code, '' as school_id, coalesce(i.item, '') as part,
        t.value as numerator, 1.0 as standard,
        case when t.value is null then case when t.is_set_aside then 'quarantined'
            else coalesce(f.reason, 'not_reported') end end as reason,
        t.evidence
    from {{ ref('int_assessments') }} as a
    cross join {{ ref('attested_items') }} as i
    left join {{ ref('int_attestations') }} as t
        on a.assessment_year = t.assessment_year and a.county_code = t.county_code
            and i.indicator_code = t.indicator_code
        and coalesce(i.item, '') = t.item and t.school_id = ''
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
    where i.judged_at = 'county' and i.role = 'criterion'
),

schools as (
    select
        a.assessment_year, a.county_code, s.indicator_code, s.school_id, '' as part,
        t.value as numerator, cast(null as double) as standard,
        case when t.value is null then case when t.is_set_aside then 'quarantined'
            else coalesce(f.reason, 'not_reported') end end as reason,
        t.evidence
    from {{ ref('int_scope_schools') }} as s
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    inner join {{ ref('attested_items') }} as i on s.indicator_code = i.indicator_code and i.judged_at = 'school'
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
    left join {{ ref('int_attestations') }} as t
        on a.assessment_year = t.assessment_year and a.county_code = t.county_code
            and s.indicator_code = t.indicator_code and s.school_id = t.school_id
    where s.is_judged
)

select
    assessment_year, county_code, indicator_code, school_id, 'all' as stage, cast(null as integer) as grade,
        cast(null as varchar) as subject, part,
    numerator, cast(null as double) as denominator, cast(null as double) as low, cast(null as double) as high,
    standard, true as applies, reason, assessment_year as data_year, evidence, 'attestation' as how
from (select * from counties union all select * from schools)
