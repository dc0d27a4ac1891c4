-- For each assessment one county row per indicator and stage that the standard names, whatever was delivered: the
-- county's own verdict, or one that sums up its schools, or grades and subjects. Not applicable is earned: by scope, or
-- by an attestation, never by rows that are not there.
with verdicts as not materialized ( -- each of its two readers filters it
    select * from {{ only_changed_counties(ref('int_indicator_verdicts')) }}
),

named as (
    select distinct standard_version, indicator_code, stage, valid_from_year,
        coalesce(valid_to_year, 9999) as valid_to_year
    from {{ ref('standards') }}
),

grid as (
    select distinct
        a.assessment_year, a.county_code, a.census_year, i.dimension, i.indicator_code, i.level, i.reaches_every_school,
            v.standard_version, coalesce(n.stage, 'all') as stage
    from {{ ref('int_assessments') }} as a
    cross join {{ ref('indicators') }} as i
    inner join {{ ref('int_county_standards') }} as v on a.census_year = v.census_year and a.county_code = v.county_code
    left join named as n
        on v.standard_version = n.standard_version and i.indicator_code = n.indicator_code
            and a.census_year between n.valid_from_year and n.valid_to_year
    where i.dimension <> 'resource_allocation'
),

summed as (
    select
        v.assessment_year,
        v.county_code,
        v.indicator_code,
        v.stage,
        -- A school stands once under an indicator and stage; what is said of no school is one more.
        count(*) filter (where v.school_id <> '') + max(cast(v.school_id = '' as integer)) as schools,
        cast(count(*) filter (where v.verdict = 'fail' and v.school_id <> '') as integer) as failing_schools,
        {{ all_must_pass('v.verdict') }} as verdict,
        {{ most_severe_reason('v.missing_reason') }} as missing_reason,
        max(v.data_year) as data_year,
        bool_or(v.is_printed) as is_printed
    from verdicts as v
    inner join {{ ref('indicators') }} as i on v.indicator_code = i.indicator_code
    where {{ judged_at('v') }} <> 'county' or i.level <> 'county'
    group by v.assessment_year, v.county_code, v.indicator_code, v.stage
),

rosters as (
    select distinct census_year, county_code from {{ only_changed_counties(ref('int_school_roster')) }}
),

scope as (
    select s.census_year, s.county_code, s.indicator_code, t.stage, sum(s.schools) as schools
    from (
        select census_year, county_code, indicator_code, has_primary, has_junior, count(*) as schools
        from {{ only_changed_counties(ref('int_scope_schools')) }}
        where is_judged
        group by census_year, county_code, indicator_code, has_primary, has_junior
    ) as s
    inner join (values ('all'), ('primary'), ('junior')) as t (stage)
        on t.stage = 'all' or (t.stage = 'primary' and s.has_primary) or (t.stage = 'junior' and s.has_junior)
    group by s.census_year, s.county_code, s.indicator_code, t.stage
),

of_schools as (
    select
        g.*,
        coalesce(s.failing_schools, 0) as failing_schools,
        case
            when s.verdict = 'fail' then 'fail'
            when u.reason is not null or r.county_code is null then 'no_data'
            when c.schools is null then 'not_applicable'
            when g.reaches_every_school and coalesce(s.schools, 0) < c.schools then 'no_data'
            else coalesce(s.verdict, 'not_applicable')
        end as verdict,
        case
            when r.county_code is null then coalesce(u.reason, 'not_delivered')
            when c.schools is null then coalesce(u.reason, 'no_school_in_scope')
            when s.verdict is null then coalesce(u.reason, case when g.reaches_every_school then 'not_reported'
                else 'no_school_in_scope' end)
            else coalesce(case when s.verdict <> 'not_applicable' or u.reason is null then s.missing_reason end,
                u.reason, 'not_reported')
        end as missing_reason,
        s.data_year,
        coalesce(s.is_printed, false) as is_printed
    from grid as g
    left join summed as s using (assessment_year, county_code, indicator_code, stage)
    left join rosters as r on g.census_year = r.census_year and g.county_code = r.county_code
    left join scope as c on g.census_year = c.census_year and g.county_code = c.county_code
        and g.indicator_code = c.indicator_code and g.stage = c.stage
    left join {{ ref('int_unplaced_schools') }} as u on g.census_year = u.census_year and g.county_code = u.county_code
    where g.level = 'school'
),

of_subjects as (
    select
        g.*, s.failing_schools, coalesce(s.verdict, 'no_data') as verdict,
            coalesce(s.missing_reason, 'not_reported') as missing_reason,
        s.data_year, coalesce(s.is_printed, false) as is_printed
    from grid as g
    left join summed as s using (assessment_year, county_code, indicator_code, stage)
    where g.level not in ('school', 'county')
),

of_counties as (
    select
        g.*,
        v.value, v.value_low, v.value_high, v.numerator, v.denominator, v.standard, v.gap, v.evidence, v.how,
            v.data_year, coalesce(v.is_printed, false) as is_printed,
        coalesce(v.verdict, 'no_data') as verdict, coalesce(v.missing_reason, 'not_reported') as missing_reason
    from grid as g
    left join verdicts as v
        on g.assessment_year = v.assessment_year and g.county_code = v.county_code
            and g.indicator_code = v.indicator_code and g.stage = v.stage
        and {{ judged_at('v') }} = 'county'
    where g.level = 'county'
),

county_rows as (
    select * from of_schools
    union all by name
    select * from of_subjects
    union all by name
    select * from of_counties
)

select
    assessment_year, county_code, dimension, indicator_code, stage, value, value_low, value_high, numerator,
    denominator, standard, gap, failing_schools, evidence, how, is_printed, data_year, verdict,
    case when verdict in ('no_data', 'not_applicable') then missing_reason end as reason, standard_version
from county_rows
