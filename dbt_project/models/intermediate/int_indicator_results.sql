-- Every verdict of government assurance, education quality and social recognition, and for each county and
-- indicator judged school by school, or by grade and subject, one that sums it up.
with verdicts as (
    select * from {{ of_changed_counties(ref('int_indicator_verdicts')) }}
),

summed as (
    select
        v.assessment_year,
        v.county_code,
        v.dimension,
        v.indicator_code,
        cast(count(distinct v.school_id) filter (where v.verdict = 'fail' and v.school_id <> '') as integer) as failing_schools,
        {{ conjunction('v.verdict') }} as verdict,
        {{ first_reason('v.missing_reason') }} as missing_reason,
        max(v.data_year) as data_year,
        any_value(v.standard_version) as standard_version,
        bool_or(v.is_printed) as is_printed
    from verdicts as v
    where v.judged_at <> 'county'
    group by v.assessment_year, v.county_code, v.dimension, v.indicator_code
),

-- An indicator of schools in a county where no school is to be judged by it: not applicable, if the census came.
grid as (
    select a.assessment_year, a.county_code, a.census_year, i.dimension, i.indicator_code, s.standard_version
    from {{ ref('int_assessments') }} as a
    cross join {{ ref('indicators') }} as i
    inner join {{ ref('int_county_standards') }} as s on a.census_year = s.census_year and a.county_code = s.county_code
    where i.level = 'school' and i.dimension <> 'resource_allocation'
),

rosters as (
    select distinct census_year, county_code from {{ ref('int_school_roster') }}
),

schools as (
    select
        g.assessment_year,
        g.county_code,
        g.dimension,
        g.indicator_code,
        coalesce(s.failing_schools, 0) as failing_schools,
        case
            when s.verdict = 'fail' then 'fail'
            when u.reason is not null or r.county_code is null then 'no_data'
            else coalesce(s.verdict, 'not_applicable')
        end as verdict,
        case when s.verdict is distinct from 'fail' then
            case when r.county_code is null then coalesce(u.reason, 'not_delivered') else coalesce(s.missing_reason, u.reason, case when s.verdict is null then 'zero_denominator' end) end
        end as missing_reason,
        s.data_year,
        g.standard_version,
        coalesce(s.is_printed, false) as is_printed
    from grid as g
    left join summed as s using (assessment_year, county_code, indicator_code)
    left join rosters as r on g.census_year = r.census_year and g.county_code = r.county_code
    left join {{ ref('int_unplaced_schools') }} as u on g.census_year = u.census_year and g.county_code = u.county_code
),

subjects as (
    select s.* from summed as s
    inner join {{ ref('indicators') }} as i on s.indicator_code = i.indicator_code
    where i.level <> 'school'
),

counties as (
    select assessment_year, county_code, dimension, indicator_code, failing_schools, verdict, missing_reason, data_year, standard_version, is_printed
    from schools
    union all
    select assessment_year, county_code, dimension, indicator_code, failing_schools, verdict, missing_reason, data_year, standard_version, is_printed
    from subjects
)

select
    assessment_year, county_code, dimension, indicator_code, judged_at, school_id, stage, grade, subject,
    value, numerator, denominator, standard, gap, cast(null as integer) as failing_schools, evidence, how, is_printed, data_year,
    verdict, case when verdict in ('no_data', 'not_applicable') then missing_reason end as reason, standard_version
from verdicts
union all
select
    assessment_year, county_code, dimension, indicator_code, 'county', '', 'all', null, null,
    null, null, null, null, null, failing_schools, null, null, is_printed, data_year,
    verdict, case when verdict in ('no_data', 'not_applicable') then missing_reason end, standard_version
from counties
