-- Every verdict of government assurance, education quality and social recognition: of schools, and of grades and
-- subjects, as they were judged; of the county, one row per indicator and stage. A county never monitored has one line
-- in the place of its grades and subjects: it is in the county row already.
select
    assessment_year, county_code, dimension, indicator_code, judged_at, school_id, stage, grade, subject,
    value, value_low, value_high, numerator, denominator, standard, gap, cast(null as integer) as failing_schools,
    evidence, how, is_printed, data_year,
    verdict, case when verdict in ('no_data', 'not_applicable') then missing_reason end as reason, standard_version
from {{ ref('int_indicator_verdicts') }}
where judged_at <> 'county'
union all by name
select *, 'county' as judged_at, '' as school_id from {{ ref('int_county_results') }}
