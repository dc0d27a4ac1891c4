-- What was said of a year and is said differently since: one row per figure and moment, with the files it comes from.
with versions as not materialized (
    select
        'school' as figure, census_year as year, county_code, school_id, stage, indicator_code, 0 as grade,
            '' as subject,
        value, verdict, known_from, known_to
    from {{ only_changed_counties(ref('snapshot_resource_values')) }}
    union all
    select 'coefficient', census_year, county_code, '', stage, indicator_code, 0, '', cv, verdict, known_from, known_to
    from {{ only_changed_counties(ref('snapshot_coefficients')) }}
    union all
    select 'assessment_' || judged_at, assessment_year, county_code, school_id, stage, indicator_code, grade_of_key,
        subject_of_key, value, verdict, known_from, known_to
    from {{ only_changed_counties(ref('snapshot_indicator_results')) }}
    union all
    select 'school_compliance', census_year, county_code, school_id, stage, '', 0, '', indicators_met, verdict,
        known_from, known_to
    from {{ only_changed_counties(ref('snapshot_school_compliance')) }}
    union all
    select 'scorecard', assessment_year, county_code, '', 'all', '', 0, '', indicators_passed, verdict, known_from,
        known_to
    from {{ only_changed_counties(ref('snapshot_scorecards')) }}
),

-- What came, or was taken back, at each moment for a county, with the school that a workbook is of.
files as (
    select distinct
        l.known_at, l.county_code, l.source, r.school_id,
        case l.event when 'withdrawn' then '撤回 withdrawn: ' when 'restored' then '恢复 restored: '
            else '' end || l.path as file
    from {{ source('bronze', 'ledger') }} as l
    left join {{ source('bronze', 'parsed_files') }} as r using (source, year, file_sha256)
    where l.event in ('received', 'withdrawn', 'restored')
),

-- Which of them a figure was read from: a school's own workbook, the census, the sources of an indicator; else all of
-- that moment.
of_schools as (
    select known_at, county_code, school_id, string_agg(file, '; ' order by file) as files
    from files where source = 'census' and school_id is not null
    group by known_at, county_code, school_id
),

of_census as (
    select known_at, county_code, string_agg(file, '; ' order by file) as files
    from files where source in ('census', 'school_changes', 'aliases')
    group by known_at, county_code
),

sources_of_indicators as (
    select distinct i.indicator_code, c.source
    from {{ ref('indicator_sources') }} as i
    inner join {{ ref('form_clocks') }} as c using (form)
    where i.measure is not null
    union
    select distinct indicator_code, 'attestation' from {{ ref('attested_items') }}
),

of_indicators as (
    select f.known_at, f.county_code, i.indicator_code, string_agg(f.file, '; ' order by f.file) as files
    from files as f inner join sources_of_indicators as i using (source)
    group by f.known_at, f.county_code, i.indicator_code
),

of_anything as (
    select known_at, county_code, string_agg(file, '; ' order by file) as files
    from files
    group by known_at, county_code
)

{% call described(['county', 'indicator', 'school_name', 'school'], census_year='year') %}
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
    case
        when b.figure like 'assessment%' then coalesce(i.files, a.files)
        when b.figure = 'scorecard' then a.files
        else coalesce(w.files, c.files, a.files)
    end as files
from versions as b
left join versions as n
    on b.figure = n.figure and b.year = n.year and b.county_code = n.county_code and b.school_id = n.school_id
        and b.stage = n.stage
    and b.indicator_code = n.indicator_code and b.grade = n.grade and b.subject = n.subject
        and b.known_to = n.known_from
left join of_schools as w on b.county_code = w.county_code and b.known_to = w.known_at and b.school_id = w.school_id
left join of_census as c on b.county_code = c.county_code and b.known_to = c.known_at
left join of_indicators as i on b.county_code = i.county_code and b.known_to = i.known_at
    and b.indicator_code = i.indicator_code
left join of_anything as a on b.county_code = a.county_code and b.known_to = a.known_at
where b.known_to is not null
    -- Nothing had been said where nothing had come.
    and (b.verdict <> 'no_data' or b.value is not null)
    and (b.verdict is distinct from coalesce(n.verdict, 'no_data')
        or not coalesce({{ alike('b.value', 'n.value') }}, b.value is not distinct from n.value))
{% endcall %}
order by county_code, restated_at, year, figure, school_id, stage, indicator_code
