-- What people attest, of the county or of each school: one row per assessment, indicator, county or school, and item
-- (`part`), as a number, or why it is missing.
with assessments as ({{ assessments_with('attestations') }}),

counties as (
    select
        a.assessment_year,
        a.county_code,
        i.indicator_code,
        '' as school_id,
        coalesce(i.item, '') as part,
        t.value as numerator,
        1.0 as standard,
        case
            when t.value is not null then null
            when t.is_set_aside then 'quarantined'
            else coalesce(a.form_reason, 'not_reported')
        end as reason,
        t.evidence
    from assessments as a
    cross join {{ ref('attested_items') }} as i
    left join {{ ref('int_attestations') }} as t
        on a.assessment_year = t.assessment_year and a.county_code = t.county_code
        and i.indicator_code = t.indicator_code and coalesce(i.item, '') = t.item and t.school_id = ''
    where i.judged_at = 'county' and i.role = 'criterion'
),

schools as (
    select
        a.assessment_year,
        a.county_code,
        s.indicator_code,
        s.school_id,
        '' as part,
        t.value as numerator,
        cast(null as double) as standard,
        case
            when t.value is not null then null
            when t.is_set_aside then 'quarantined'
            else coalesce(a.form_reason, 'not_reported')
        end as reason,
        t.evidence
    from {{ only_changed_counties(ref('int_scope_schools'), 's') }}
    inner join assessments as a using (census_year, county_code)
    inner join {{ ref('attested_items') }} as i on s.indicator_code = i.indicator_code and i.judged_at = 'school'
    left join {{ ref('int_attestations') }} as t
        on a.assessment_year = t.assessment_year and a.county_code = t.county_code
        and s.indicator_code = t.indicator_code and s.school_id = t.school_id
    where s.is_judged
)

select *, assessment_year as data_year, 'attestation' as how
from (select * from counties union all select * from schools)
