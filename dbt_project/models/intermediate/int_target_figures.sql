-- What each target is measured by, year by year, as known on a day; for the county (group ''), or for one group of its
-- schools. A figure that the county's documents print stands in
-- where nothing is computed. What is held against a base year is told for each (`base_year`, else null). Years are those of the census: an assessment speaks of the autumn before it.
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
        on b.county_code = m.county_code and b.group_name = m.group_name and s.census_year = m.census_year and s.school_id = m.school_id
    where b.group_name = '' or m.school_id is not null
),

-- Every stage of a school must pass; what is missing stays in the denominator.
compliance as (
    select county_code, census_year, school_id, {{ conjunction('verdict') }} as verdict
    from {{ as_known('snapshot_school_compliance') }}
    where county_code in (select t.county_code from targeted as t)
    group by county_code, census_year, school_id
),

compliance_shares as (
    select
        c.county_code, a.group_name, c.census_year as year,
        100.0 * count(*) filter (where c.verdict = 'pass') / nullif(count(*) filter (where c.verdict <> 'not_applicable'), 0) as value,
        count(*) filter (where c.verdict = 'no_data') as missing
    from compliance as c
    inner join answered_for as a on c.census_year = a.census_year and c.county_code = a.county_code and c.school_id = a.school_id
    group by c.county_code, a.group_name, c.census_year
),

indicator_schools as (
    select county_code, census_year, school_id, indicator_code, {{ conjunction('verdict') }} as verdict
    from {{ as_known('snapshot_resource_values') }}
    where county_code in (select t.county_code from targeted as t where t.how = 'schools_meeting_indicator')
    group by county_code, census_year, school_id, indicator_code
),

indicator_shares as (
    select
        s.county_code, a.group_name, s.census_year as year, s.indicator_code,
        100.0 * count(*) filter (where s.verdict = 'pass') / nullif(count(*) filter (where s.verdict <> 'not_applicable'), 0) as value,
        count(*) filter (where s.verdict = 'no_data') as missing
    from indicator_schools as s
    inner join answered_for as a on s.census_year = a.census_year and s.county_code = a.county_code and s.school_id = a.school_id
    group by s.county_code, a.group_name, s.census_year, s.indicator_code
),

coefficients as (
    select county_code, census_year as year, stage, indicator_code, cv, verdict
    from {{ as_known('snapshot_coefficients') }}
    where county_code in (select t.county_code from targeted as t)
),

results as (
    select county_code, assessment_year - 1 as year, indicator_code, judged_at, school_id, value, verdict, is_printed
    from {{ as_known('snapshot_indicator_results') }}
    where county_code in (select t.county_code from targeted as t)
),

scorecards as (
    select county_code, assessment_year, indicators_passed, indicators_failed, indicators_missing, is_recognised
    from {{ as_known('snapshot_scorecards') }}
),

-- What may not fall back: each coefficient, each indicator's verdict, the share of schools that meet the standard.
-- The higher the level the better. A group of schools has only the last.
items as (
    select county_code, '' as group_name, year, concat_ws(' ', 'cv', indicator_code, stage) as item, case when verdict <> 'no_data' then -cv end as level
    from coefficients
    where cv is not null
    union all
    select county_code, '', year, indicator_code, case verdict when 'pass' then 1.0 when 'fail' then 0.0 end
    from results
    where judged_at = 'county' and verdict <> 'not_applicable'
    union all
    select county_code, group_name, year, 'schools', case when missing = 0 then value end from compliance_shares
),

fallen as (
    select
        b.county_code, b.group_name, y.year, t.metric, t.base_year,
        count(*) filter (where y.level < b.level - 1e-9 * abs(b.level)) as worse,
        count(*) filter (where y.level is null) as missing
    from {{ as_known('snapshot_targets') }} as t
    inner join items as b on t.county_code = b.county_code and t.group_name = b.group_name and t.base_year = b.year and b.level is not null
    inner join (select distinct county_code, group_name, year from items) as c
        on t.county_code = c.county_code and t.group_name = c.group_name and c.year > t.base_year
    left join items as y on b.county_code = y.county_code and b.group_name = y.group_name and c.year = y.year and b.item = y.item
    where t.direction = 'not_worse_than' and y.year is not null
    group by b.county_code, b.group_name, y.year, t.metric, t.base_year
),

computed as (
    select t.county_code, t.group_name, t.metric, s.year, s.value, s.missing, false as is_printed, cast(null as integer) as base_year
    from targeted as t
    inner join compliance_shares as s on t.county_code = s.county_code and t.group_name = s.group_name
    where t.how = 'schools_meeting_standard'
    union all
    select t.county_code, t.group_name, t.metric, s.year, s.value, s.missing, false, null
    from targeted as t
    inner join indicator_shares as s on t.county_code = s.county_code and t.group_name = s.group_name and t.indicator_code = s.indicator_code
    where t.how = 'schools_meeting_indicator'
    union all
    select t.county_code, t.group_name, t.metric, c.year, case when c.verdict <> 'no_data' then c.cv end, case when c.verdict = 'no_data' then 1 else 0 end, false, null
    from targeted as t
    inner join coefficients as c on t.county_code = c.county_code and t.indicator_code = c.indicator_code and t.stage = c.stage
    where t.how = 'coefficient' and t.group_name = ''
    union all
    select t.county_code, t.group_name, t.metric, r.year, any_value(r.value), count(*) filter (where r.verdict = 'no_data'), bool_or(r.is_printed), null
    from targeted as t
    inner join results as r on t.county_code = r.county_code and t.indicator_code = r.indicator_code and r.judged_at = 'county'
    where t.how = 'county_result' and t.group_name = ''
    group by t.county_code, t.group_name, t.metric, r.year
    union all
    select t.county_code, t.group_name, t.metric, r.year, case when count(*) filter (where r.verdict = 'no_data') = 0 then min(r.value) end, count(*) filter (where r.verdict = 'no_data'), false, null
    from targeted as t
    inner join results as r on t.county_code = r.county_code and t.indicator_code = r.indicator_code and r.judged_at = 'school'
    inner join answered_for as a on r.county_code = a.county_code and t.group_name = a.group_name and r.year = a.census_year and r.school_id = a.school_id
    where t.how = 'lowest_school'
    group by t.county_code, t.group_name, t.metric, r.year
    union all
    select
        t.county_code, t.group_name, t.metric, s.assessment_year - 1,
        case when s.indicators_passed + s.indicators_failed > 0 then 100.0 * s.indicators_passed / (s.indicators_passed + s.indicators_failed + s.indicators_missing) end,
        s.indicators_missing, false, null
    from targeted as t
    inner join scorecards as s on t.county_code = s.county_code
    where t.how = 'indicators_meeting_standard' and t.group_name = ''
    union all
    -- A recognition once given stands.
    select t.county_code, t.group_name, t.metric, s.assessment_year, case when bool_or(e.is_recognised) then 1.0 end, 0, false, null
    from targeted as t
    inner join scorecards as s on t.county_code = s.county_code
    inner join scorecards as e on s.county_code = e.county_code and e.assessment_year <= s.assessment_year
    where t.how = 'recognised' and t.group_name = ''
    group by t.county_code, t.group_name, t.metric, s.assessment_year
    union all
    select county_code, group_name, metric, year, case when worse > 0 or missing = 0 then worse end, missing, false, base_year from fallen
    union all
    select t.county_code, t.group_name, t.metric, g.census_year, g.value, 0, false, null
    from targeted as t
    inner join {{ ref_as_known('int_group_figures') }} as g
        on t.county_code = g.county_code and t.group_name = g.group_name and t.metric = g.metric
    where t.how = 'groups'
),

printed as (
    select t.county_code, t.group_name, t.metric, f.year, f.value, concat_ws(' ', f.document, d.title) as document
    from targeted as t
    inner join {{ ref('stg_published_figures') }} as f
        on t.county_code = f.county_code and f.kind = 'actual' and f.metric = case when t.how = 'recognised' then 'recognised' else t.metric end and t.group_name = ''
    left join {{ ref('stg_published_documents') }} as d on f.document = d.document
    inner join {{ ref('stg_deliveries') }} as r on f.seq = r.seq
    inner join {{ ref('dim_belief') }} as b on r.batch = b.batch and b.known_at < cast(as_known_on as timestamp) + interval 1 day
    qualify row_number() over (partition by t.county_code, t.metric, f.year order by f.document) = 1
)

select
    coalesce(c.county_code, p.county_code) as county_code,
    coalesce(c.group_name, p.group_name) as group_name,
    coalesce(c.metric, p.metric) as metric,
    coalesce(c.year, p.year) as year,
    c.base_year,
    coalesce(c.value, p.value) as value,
    coalesce(c.is_printed, false) or (c.value is null and p.value is not null) as is_printed,
    coalesce(c.missing, 0) as missing,
    case when c.value is null then p.document end as figure_document
from computed as c
full join printed as p on c.county_code = p.county_code and c.group_name = p.group_name and c.metric = p.metric and c.year = p.year
