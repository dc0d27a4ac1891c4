-- What was said of a year and is said differently since: one row per figure and moment, with the files that came then.
with versions as not materialized (
    select
        'school' as figure, census_year as year, county_code, school_id, stage, indicator_code, 0 as grade, '' as subject,
        value, verdict, known_from, known_to
    from {{ of_changed_counties(ref('snapshot_resource_values')) }}
    union all
    select 'coefficient', census_year, county_code, '', stage, indicator_code, 0, '', cv, verdict, known_from, known_to
    from {{ of_changed_counties(ref('snapshot_coefficients')) }}
    union all
    select 'assessment_' || judged_at, assessment_year, county_code, school_id, stage, indicator_code, grade_of_key, subject_of_key, value, verdict, known_from, known_to
    from {{ of_changed_counties(ref('snapshot_indicator_results')) }}
    union all
    select 'school_compliance', census_year, county_code, school_id, stage, '', 0, '', indicators_met, verdict, known_from, known_to
    from {{ of_changed_counties(ref('snapshot_school_compliance')) }}
    union all
    select 'scorecard', assessment_year, county_code, '', 'all', '', 0, '', indicators_passed, verdict, known_from, known_to
    from {{ of_changed_counties(ref('snapshot_scorecards')) }}
),

-- What came, or was taken back, at each moment for a county.
files as (
    select known_at, county_code, string_agg(distinct file, '; ' order by file) as files
    from (
        select known_at, county_code, case event when 'withdrawn' then '撤回 withdrawn: ' || path when 'restored' then '恢复 restored: ' || path else path end as file
        from {{ source('bronze', 'ledger') }}
        where event in ('received', 'withdrawn', 'restored')
    )
    group by known_at, county_code
)

select
    b.county_code,
    cast(b.year as integer) as year,
    b.figure,
    b.school_id,
    b.stage,
    b.indicator_code,
    nullif(b.grade, 0) as grade,
    nullif(b.subject, '') as subject,
    b.known_to as restated_at,
    b.known_from as said_since,
    b.value as value_before,
    n.value as value_now,
    b.verdict as verdict_before,
    coalesce(n.verdict, 'no_data') as verdict_now,
    b.verdict is distinct from coalesce(n.verdict, 'no_data') as is_flip,
    f.files
from versions as b
left join versions as n
    on b.figure = n.figure and b.year = n.year and b.county_code = n.county_code and b.school_id = n.school_id and b.stage = n.stage
    and b.indicator_code = n.indicator_code and b.grade = n.grade and b.subject = n.subject and b.known_to = n.known_from
left join files as f on b.county_code = f.county_code and b.known_to = f.known_at
where b.known_to is not null
    -- Nothing had been said where nothing had come.
    and (b.verdict <> 'no_data' or b.value is not null)
    and (b.verdict is distinct from coalesce(n.verdict, 'no_data') or not coalesce({{ alike('b.value', 'n.value') }}, b.value is not distinct from n.value))
order by county_code, restated_at, year, figure, school_id, stage, indicator_code
