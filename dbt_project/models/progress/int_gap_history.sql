-- What was said of every gap at each moment it could have changed: one row per county, school, stage, indicator, grade,
-- subject and moment. The latest year decides; no data leaves the gap open; a closed school closes it.
with resources as (
    select * from {{ only_changed_counties(ref('snapshot_resource_values')) }}
),

results as (
    select * from {{ only_changed_counties(ref('snapshot_indicator_results')) }}
),

schools as (
    select * from {{ only_changed_counties(ref('snapshot_schools')) }}
),

scorecards as (
    select * from {{ only_changed_counties(ref('snapshot_scorecards')) }}
),

versions as (
    select
        'census' as clock, county_code, school_id, stage, indicator_code, 0 as grade, '' as subject,
            census_year as year,
        verdict, gap_to_standard as gap, known_from, known_to
    from resources
    union all
    select
        'assessment', r.county_code, r.school_id, r.stage, r.indicator_code, r.grade_of_key, r.subject_of_key,
            r.assessment_year - 1,
        r.verdict, r.gap, r.known_from, r.known_to
    from results as r
    inner join {{ ref('indicators') }} as i on r.indicator_code = i.indicator_code
    -- A county's line that only sums up its schools, or its grades and subjects, is no gap of its own.
    where r.judged_at <> 'county' or i.level = 'county'
),

gaps as (
    select distinct clock, county_code, school_id, stage, indicator_code, grade, subject
    from versions
    where verdict = 'fail'
),

said as (
    select v.* from versions as v
    semi join gaps as g using (clock, county_code, school_id, stage, indicator_code, grade, subject)
),

-- Since when anything is known of each county's years.
years as (
    select 'census' as clock, county_code, census_year as year, min(known_from) as known_from
    from schools
    group by county_code, census_year
    union all
    select 'assessment', county_code, assessment_year - 1, min(known_from)
    from scorecards
    group by county_code, assessment_year
),

moments as (
    select clock, county_code, school_id, stage, indicator_code, grade, subject, known_from as known_at from said
    union
    select clock, county_code, school_id, stage, indicator_code, grade, subject, known_to from said
    where known_to is not null
    union
    select g.*, y.known_from
    from gaps as g
    inner join years as y using (clock, county_code)
),

latest as (
    select m.clock, m.county_code, m.school_id, m.stage, m.indicator_code, m.grade, m.subject, m.known_at,
        max(y.year) as year
    from moments as m
    inner join years as y on m.clock = y.clock and m.county_code = y.county_code and y.known_from <= m.known_at
    group by all
)

select
    l.county_code,
    l.school_id,
    l.stage,
    l.indicator_code,
    l.grade,
    l.subject,
    l.known_at,
    l.year,
    coalesce(
        v.verdict,
        case when l.school_id <> '' and c.year is not null and s.school_id is null then 'gone' else 'no_data' end
    ) as verdict,
    v.gap
from latest as l
left join said as v
    on l.clock = v.clock and l.county_code = v.county_code and l.school_id = v.school_id and l.stage = v.stage
    and l.indicator_code = v.indicator_code and l.grade = v.grade and l.subject = v.subject and l.year = v.year
    and v.known_from <= l.known_at and coalesce(v.known_to > l.known_at, true)
left join years as c on c.clock = 'census' and l.county_code = c.county_code and l.year = c.year
    and c.known_from <= l.known_at
left join schools as s
    on l.county_code = s.county_code and l.school_id = s.school_id and l.year = s.census_year
    and s.known_from <= l.known_at and coalesce(s.known_to > l.known_at, true)
