-- What each target is measured by, year by year, as known on a day; for the county (group ''), or for one group of its
-- schools. A figure that the county's documents print stands in where nothing is computed. What is held against a base
-- year is told for each (`base_year`, else null). Years are those of the census: an assessment is about the autumn
-- before it. Where something is missing, `value_low` and `value_high` are the bounds between which the figure lies.
with targeted as (
    select distinct t.county_code, t.group_name, t.metric, m.how, m.indicator_code, m.stage
    from {{ as_known('snapshot_targets') }} as t
    inner join {{ ref('target_metrics') }} as m on t.metric = m.metric
),

-- The schools that each bearer of a target answers for.
answered_for as (
    select b.county_code, b.group_name, s.census_year, s.school_id
    from (select distinct county_code, group_name from targeted) as b
    inner join {{ as_known('snapshot_schools') }} as s on b.county_code = s.county_code
    left join {{ as_known('snapshot_group_members') }} as m
        on b.county_code = m.county_code and b.group_name = m.group_name and s.census_year = m.census_year
            and s.school_id = m.school_id
    where b.group_name = '' or m.school_id is not null
),

-- Every stage of a school must pass; what is missing stays in the denominator.
compliance as (
    select county_code, census_year, school_id, {{ all_must_pass('verdict') }} as verdict
    from {{ as_known('snapshot_school_compliance') }}
    where county_code in (select t.county_code from targeted as t)
    group by county_code, census_year, school_id
),

compliance_shares as (
    select
        c.county_code, a.group_name, c.census_year as year,
        100.0 * count(*) filter (where c.verdict = 'pass') / nullif(count(*)
            filter (where c.verdict <> 'not_applicable'), 0) as value,
        100.0 * count(*) filter (where c.verdict in ('pass', 'no_data')) / nullif(count(*)
            filter (where c.verdict <> 'not_applicable'), 0) as value_high,
        count(*) filter (where c.verdict = 'no_data') as missing
    from compliance as c
    inner join answered_for as a on c.census_year = a.census_year and c.county_code = a.county_code
        and c.school_id = a.school_id
    group by c.county_code, a.group_name, c.census_year
),

results as (
    select
        county_code, assessment_year - 1 as year, indicator_code, judged_at, stage, school_id, value,
        coalesce(value_low, value) as value_low, coalesce(value_high, value) as value_high, verdict, is_printed,
            data_year
    from {{ as_known('snapshot_indicator_results') }}
    where county_code in (select t.county_code from targeted as t)
),

-- Results by school; a school that the indicator covers and of which nothing was delivered is missing among them.
school_results as (
    select county_code, year, indicator_code, judged_at, school_id, value, value_high, verdict
    from results
    where judged_at in ('school', 'class_stage')
),

results_of_schools as (
    select * from school_results
    union all
    select t.county_code, s.census_year, t.indicator_code, 'school', s.school_id, null, null, 'no_data'
    from (select distinct county_code, indicator_code from targeted
    where how in ('schools_meeting_indicator', 'lowest_school')) as t
    inner join {{ as_known('snapshot_schools') }} as s on t.county_code = s.county_code and s.counts_as_school
    inner join {{ ref('indicator_scope') }} as i on t.indicator_code = i.indicator_code and {{ covers('i', 's') }}
    inner join (select distinct county_code, indicator_code, year from school_results) as d
        on t.county_code = d.county_code and t.indicator_code = d.indicator_code and s.census_year = d.year
    left join school_results as r
        on t.county_code = r.county_code and t.indicator_code = r.indicator_code and s.census_year = r.year
            and s.school_id = r.school_id
    where r.school_id is null
),

indicator_schools as (
    select county_code, census_year, school_id, indicator_code, {{ all_must_pass('verdict') }} as verdict
    from (
        select county_code, census_year, school_id, indicator_code, verdict
        from {{ as_known('snapshot_resource_values') }}
        where county_code in (select t.county_code from targeted as t where t.how = 'schools_meeting_indicator')
        union all
        select county_code, year, school_id, indicator_code, verdict from results_of_schools
    )
    where (county_code, indicator_code) in (select t.county_code, t.indicator_code from targeted as t
    where t.how = 'schools_meeting_indicator')
    group by county_code, census_year, school_id, indicator_code
),

indicator_shares as (
    select
        s.county_code, a.group_name, s.census_year as year, s.indicator_code,
        100.0 * count(*) filter (where s.verdict = 'pass') / nullif(count(*)
            filter (where s.verdict <> 'not_applicable'), 0) as value,
        100.0 * count(*) filter (where s.verdict in ('pass', 'no_data')) / nullif(count(*)
            filter (where s.verdict <> 'not_applicable'), 0) as value_high,
        count(*) filter (where s.verdict = 'no_data') as missing
    from indicator_schools as s
    inner join answered_for as a on s.census_year = a.census_year and s.county_code = a.county_code
        and s.school_id = a.school_id
    group by s.county_code, a.group_name, s.census_year, s.indicator_code
),

coefficients as (
    select county_code, census_year as year, stage, indicator_code, cv, verdict
    from {{ as_known('snapshot_coefficients') }}
    where county_code in (select t.county_code from targeted as t)
),

scorecards as (
    select county_code, assessment_year, indicators_passed, indicators_failed, indicators_missing
    from {{ as_known('snapshot_scorecards') }}
),

-- What may not fall back: each coefficient, each indicator's verdict, the share of schools that meet the standard.
-- The higher the level the better. A group of schools has only the last.
items as (
    select county_code, '' as group_name, year, concat_ws(' ', 'cv', indicator_code, stage) as item, case
        when verdict <> 'no_data' then -cv end as level
    from coefficients
    where cv is not null
    union all
    -- A figure printed for an earlier year says nothing of this one.
    select county_code, '', year, concat_ws(' ', indicator_code, nullif(stage, 'all')), case
        when not (is_printed and data_year < year) then case verdict when 'pass' then 1.0 when 'fail' then 0.0 end end
    from results
    where judged_at = 'county' and verdict <> 'not_applicable'
    union all
    select county_code, group_name, year, 'schools', case when missing = 0 then value end from compliance_shares
),

fallen as (
    select
        b.county_code, b.group_name, y.year, t.metric, t.base_year,
        count(*) filter (where {{ below('y.level', 'b.level') }}) as worse,
        count(*) filter (where y.level is null) as missing
    from {{ as_known('snapshot_targets') }} as t
    inner join items as b on t.county_code = b.county_code and t.group_name = b.group_name and t.base_year = b.year
        and b.level is not null
    inner join (select distinct county_code, group_name, year from items) as c
        on t.county_code = c.county_code and t.group_name = c.group_name and c.year > t.base_year
    left join items as y on b.county_code = y.county_code and b.group_name = y.group_name and c.year = y.year
        and b.item = y.item
    where t.direction = 'not_worse_than' and y.year is not null
    group by b.county_code, b.group_name, y.year, t.metric, t.base_year
),

-- What is on record of each county's recognition by the end of each year.
recognition_years as (
    select t.county_code, t.group_name, t.metric, y.year, bool_or(y.year = p.target_year) as is_target_year
    from targeted as t
    inner join {{ as_known('snapshot_targets') }} as p
        on t.county_code = p.county_code and t.group_name = p.group_name and t.metric = p.metric
    cross join range(2015, 2061) as y (year)
    where t.how = 'recognised' and t.group_name = ''
        and y.year between p.target_year - 10 and p.target_year
    group by t.county_code, t.group_name, t.metric, y.year
),

recognition_events as (
    select * from {{ as_known('snapshot_recognition') }}
),

recognitions as (
    select
        y.county_code, y.group_name, y.metric, y.year, y.is_target_year,
        min(e.assessment_year) as first_year,
        arg_max(e.event, e.event_on) filter (where e.event in ('recognised', 'revoked')
            and e.event_on <= make_date(cast(y.year as integer), 12, 31)) as state,
        max(e.event_on) filter (where e.event = 'recognised'
            and e.event_on <= make_date(cast(y.year as integer), 12, 31)) as recognised_on,
        min(e.event_on) filter (where e.event = 'recognised'
            and e.event_on > make_date(cast(y.year as integer), 12, 31)) as recognised_later_on,
        coalesce(bool_or(e.event in ('refused', 'revoked')
            and e.event_on <= make_date(cast(y.year as integer), 12, 31)), false) as is_refused,
        coalesce(bool_or(e.event = 'listed' and e.assessment_year >= y.year), false) as is_listed_without,
        coalesce(bool_or(e.is_printed and e.event = 'recognised'), false) as is_printed,
        min(e.document) filter (where e.event = 'recognised') as figure_document
    from recognition_years as y
    left join recognition_events as e on y.county_code = e.county_code
    group by y.county_code, y.group_name, y.metric, y.year, y.is_target_year
),

-- Before the end of a year a refusal on record says no; after it, a later recognition or a list of reviews without one.
recognised as (
    select
        *,
        case
            when state = 'recognised' then 1.0
            when make_date(cast(year as integer), 12, 31) >= cast(as_of as date) then case when is_refused then 0.0 end
            when recognised_later_on is not null or is_listed_without or state = 'revoked' then 0.0
        end as value
    from recognitions
),

computed as (
    select t.county_code, t.group_name, t.metric, s.year, s.value, s.value as value_low, s.value_high, s.missing,
        false as is_printed, cast(null as integer) as base_year, cast(null as date) as reached_on,
        cast(null as varchar) as figure_document
    from targeted as t
    inner join compliance_shares as s on t.county_code = s.county_code and t.group_name = s.group_name
    where t.how = 'schools_meeting_standard'
    union all
    select t.county_code, t.group_name, t.metric, s.year, s.value, s.value, s.value_high, s.missing, false, null, null,
        null
    from targeted as t
    inner join indicator_shares as s on t.county_code = s.county_code and t.group_name = s.group_name
        and t.indicator_code = s.indicator_code
    where t.how = 'schools_meeting_indicator'
    union all
    select t.county_code, t.group_name, t.metric, c.year, case
        when c.verdict <> 'no_data' then c.cv end, null, null, case when c.verdict = 'no_data' then 1
        else 0 end, false, null, null, null
    from targeted as t
    inner join coefficients as c on t.county_code = c.county_code and t.indicator_code = c.indicator_code
        and t.stage = c.stage
    where t.how = 'coefficient' and t.group_name = ''
    union all
    select
        t.county_code, t.group_name, t.metric, r.year, any_value(r.value), any_value(r.value_low),
            any_value(r.value_high),
        count(*) filter (where r.verdict = 'no_data'), bool_or(r.is_printed), null, null, null
    from targeted as t
    inner join results as r on t.county_code = r.county_code and t.indicator_code = r.indicator_code
        and r.judged_at = 'county'
    where t.how = 'county_result' and t.group_name = ''
    group by t.county_code, t.group_name, t.metric, r.year
    union all
    -- The lowest school that is known bounds the lowest of all from above.
    select
        t.county_code, t.group_name, t.metric, r.year,
        case when count(*) filter (where r.verdict = 'no_data') = 0 then min(r.value) end, null, min(r.value_high),
        count(*) filter (where r.verdict = 'no_data'), false, null, null, null
    from targeted as t
    inner join results_of_schools as r on t.county_code = r.county_code and t.indicator_code = r.indicator_code
        and r.judged_at = 'school'
    inner join answered_for as a on r.county_code = a.county_code and t.group_name = a.group_name
        and r.year = a.census_year and r.school_id = a.school_id
    where t.how = 'lowest_school'
    group by t.county_code, t.group_name, t.metric, r.year
    union all
    select
        t.county_code, t.group_name, t.metric, s.assessment_year - 1,
        case
            when s.indicators_passed + s.indicators_failed > 0
                then 100.0 * s.indicators_passed / (s.indicators_passed + s.indicators_failed + s.indicators_missing)
        end,
        100.0 * s.indicators_passed / nullif(s.indicators_passed + s.indicators_failed + s.indicators_missing, 0),
        100.0 * (s.indicators_passed + s.indicators_missing)
            / nullif(s.indicators_passed + s.indicators_failed + s.indicators_missing, 0),
        s.indicators_missing, false, null, null, null
    from targeted as t
    inner join scorecards as s on t.county_code = s.county_code
    where t.how = 'indicators_meeting_standard' and t.group_name = ''
    union all
    select county_code, group_name, metric, year, value, null, null, 0, is_printed, null,
        coalesce(case when value = 1 then recognised_on end, recognised_later_on), figure_document
    from recognised
    where value is not null and (is_target_year or year >= first_year)
    union all
    select county_code, group_name, metric, year, case
        when worse > 0 or missing = 0 then worse end, worse, worse + missing, missing, false, base_year, null, null
            from fallen
    union all
    select t.county_code, t.group_name, t.metric, g.census_year, g.value, g.value_low, g.value_high, 0, false, null,
        null, null
    from targeted as t
    inner join {{ ref_as_known('int_group_figures') }} as g
        on t.county_code = g.county_code and t.group_name = g.group_name and t.metric = g.metric
    where t.how = 'groups'
),

printed as (
    select t.county_code, t.group_name, t.metric, f.year, f.value, concat_ws(' ', f.document, d.title) as document
    from targeted as t
    inner join {{ ref('stg_published_figures') }} as f
        on t.county_code = f.county_code and f.kind = 'actual' and f.metric = t.metric and t.how <> 'recognised'
            and t.group_name = ''
    left join {{ ref('stg_published_documents') }} as d on f.document = d.document
    inner join {{ ref('stg_deliveries') }} as r on f.seq = r.seq
    inner join {{ ref('dim_belief') }} as b on r.batch = b.batch
        and b.known_at < cast(as_known_on as timestamp) + interval 1 day
    qualify row_number() over (partition by t.county_code, t.metric, f.year order by f.document) = 1
)

select
    coalesce(c.county_code, p.county_code) as county_code,
    coalesce(c.group_name, p.group_name) as group_name,
    coalesce(c.metric, p.metric) as metric,
    coalesce(c.year, p.year) as year,
    c.base_year,
    coalesce(c.value, p.value) as value,
    -- A printed figure is whole.
    case when c.value is not null or p.value is null then coalesce(c.value_low, c.value) else p.value end as value_low,
    case when c.value is not null or p.value is null then coalesce(c.value_high, c.value)
        else p.value end as value_high,
    coalesce(c.is_printed, false) or (c.value is null and p.value is not null) as is_printed,
    coalesce(c.missing, 0) as missing,
    c.reached_on,
    case when c.value is null then p.document else c.figure_document end as figure_document
from computed as c
full join printed as p on c.county_code = p.county_code and c.group_name = p.group_name and c.metric = p.metric
    and c.year = p.year
