-- Every verdict of government assurance, education quality and social recognition: of schools, and of grades and
-- subjects, as they were judged; of the county, one row per indicator and stage. A county never monitored has one line
-- in the place of its grades and subjects: it is in the county row already.
select
    v.assessment_year, v.county_code, i.dimension, v.indicator_code, {{ judged_at('v') }} as judged_at,
    v.school_id, v.stage, v.grade, v.subject,
    v.value, v.value_low, v.value_high, v.numerator, v.denominator, v.standard, v.gap,
    cast(null as integer) as failing_schools, v.evidence, v.how, v.is_printed, v.data_year, v.verdict,
    case when v.verdict in ('no_data', 'not_applicable') then v.missing_reason end as reason, v.standard_version
from {{ ref('int_indicator_verdicts') }} as v
inner join {{ ref('indicators') }} as i on v.indicator_code = i.indicator_code
where {{ judged_at('v') }} <> 'county'
union all by name
select *, 'county' as judged_at, '' as school_id from {{ ref('int_county_results') }}
