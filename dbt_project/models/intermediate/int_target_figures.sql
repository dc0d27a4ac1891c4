-- What each target is measured by, year by year, as known on a day. A figure that the county's documents print stands in
-- where nothing is computed. What is held against a base year is told for each (`base_year`, else null). Years are those of the census: an assessment speaks of the autumn before it.
with targeted as (
    select distinct t.county_code, t.metric, m.how, m.indicator_code, m.stage
    from {{ as_known('snapshot_targets') }} as t
    inner join {{ ref('target_metrics') }} as m on t.metric = m.metric
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
        county_code, census_year as year,
        100.0 * count(*) filter (where verdict = 'pass') / nullif(count(*) filter (where verdict <> 'not_applicable'), 0) as value,
        count(*) filter (where verdict = 'no_data') as missing
    from compliance
    group by county_code, census_year
),

indicator_schools as (
    select county_code, census_year, school_id, indicator_code, {{ conjunction('verdict') }} as verdict
    from {{ as_known('snapshot_resource_values') }}
    where county_code in (select t.county_code from targeted as t where t.how = 'schools_meeting_indicator')
    group by county_code, census_year, school_id, indicator_code
),

indicator_shares as (
    select
        county_code, census_year as year, indicator_code,
        100.0 * count(*) filter (where verdict = 'pass') / nullif(count(*) filter (where verdict <> 'not_applicable'), 0) as value,
        count(*) filter (where verdict = 'no_data') as missing
    from indicator_schools
    group by county_code, census_year, indicator_code
),

coefficients as (
    select county_code, census_year as year, stage, indicator_code, cv, verdict
    from {{ as_known('snapshot_coefficients') }}
    where county_code in (select t.county_code from targeted as t)
),

results as (
    select county_code, assessment_year - 1 as year, indicator_code, judged_at, value, verdict, is_printed
    from {{ as_known('snapshot_indicator_results') }}
    where county_code in (select t.county_code from targeted as t)
),

scorecards as (
    select county_code, assessment_year, indicators_passed, indicators_failed, indicators_missing, reviews
    from {{ as_known('snapshot_scorecards') }}
),

-- What may not fall back: each coefficient, each indicator's verdict, the share of schools that meet the standard.
-- The higher the level the better.
items as (
    select county_code, year, concat_ws(' ', 'cv', indicator_code, stage) as item, case when verdict <> 'no_data' then -cv end as level
    from coefficients
    where cv is not null
    union all
    select county_code, year, indicator_code, case verdict when 'pass' then 1.0 when 'fail' then 0.0 end
    from results
    where judged_at = 'county' and verdict <> 'not_applicable'
    union all
    select county_code, year, 'schools', case when missing = 0 then value end from compliance_shares
),

fallen as (
    select
        b.county_code, y.year, t.metric, t.base_year,
        count(*) filter (where y.level < b.level - 1e-9 * abs(b.level)) as worse,
        count(*) filter (where y.level is null) as missing
    from {{ as_known('snapshot_targets') }} as t
    inner join items as b on t.county_code = b.county_code and t.base_year = b.year and b.level is not null
    inner join (select distinct county_code, year from items) as c on t.county_code = c.county_code and c.year > t.base_year
    left join items as y on b.county_code = y.county_code and c.year = y.year and b.item = y.item
    where t.direction = 'not_worse_than' and y.year is not null
    group by b.county_code, y.year, t.metric, t.base_year
),

computed as (
    select t.county_code, t.metric, s.year, s.value, s.missing, false as is_printed, cast(null as integer) as base_year
    from targeted as t
    inner join compliance_shares as s on t.county_code = s.county_code
    where t.how = 'schools_meeting_standard'
    union all
    select t.county_code, t.metric, s.year, s.value, s.missing, false, null
    from targeted as t
    inner join indicator_shares as s on t.county_code = s.county_code and t.indicator_code = s.indicator_code
    where t.how = 'schools_meeting_indicator'
    union all
    select t.county_code, t.metric, c.year, case when c.verdict <> 'no_data' then c.cv end, case when c.verdict = 'no_data' then 1 else 0 end, false, null
    from targeted as t
    inner join coefficients as c on t.county_code = c.county_code and t.indicator_code = c.indicator_code and t.stage = c.stage
    where t.how = 'coefficient'
    union all
    select t.county_code, t.metric, r.year, any_value(r.value), count(*) filter (where r.verdict = 'no_data'), bool_or(r.is_printed), null
    from targeted as t
    inner join results as r on t.county_code = r.county_code and t.indicator_code = r.indicator_code and r.judged_at = 'county'
    where t.how = 'county_result'
    group by t.county_code, t.metric, r.year
    union all
    select t.county_code, t.metric, r.year, case when count(*) filter (where r.verdict = 'no_data') = 0 then min(r.value) end, count(*) filter (where r.verdict = 'no_data'), false, null
    from targeted as t
    inner join results as r on t.county_code = r.county_code and t.indicator_code = r.indicator_code and r.judged_at = 'school'
    where t.how = 'lowest_school'
    group by t.county_code, t.metric, r.year
    union all
    select
        t.county_code, t.metric, s.assessment_year - 1,
        case when s.indicators_passed + s.indicators_failed > 0 then 100.0 * s.indicators_passed / (s.indicators_passed + s.indicators_failed + s.indicators_missing) end,
        s.indicators_missing, false, null
    from targeted as t
    inner join scorecards as s on t.county_code = s.county_code
    where t.how = 'indicators_meeting_standard'
    union all
    -- A recognition once given stands.
    select t.county_code, t.metric, s.assessment_year, case when bool_or(e.reviews like '%nation pass%') then 1.0 end, 0, false, null
    from targeted as t
    inner join scorecards as s on t.county_code = s.county_code
    inner join scorecards as e on s.county_code = e.county_code and e.assessment_year <= s.assessment_year
    where t.how = 'recognised'
    group by t.county_code, t.metric, s.assessment_year
    union all
    select county_code, metric, year, case when worse > 0 or missing = 0 then worse end, missing, false, base_year from fallen
    union all
    select t.county_code, t.metric, g.census_year, g.value, 0, false, null
    from targeted as t
    inner join {{ ref_as_known('int_group_figures') }} as g on t.county_code = g.county_code and t.metric = g.metric
    where t.how = 'groups'
),

printed as (
    select t.county_code, t.metric, f.year, f.value, concat_ws(' ', f.document, d.title) as document
    from targeted as t
    inner join {{ ref('stg_published_figures') }} as f
        on t.county_code = f.county_code and f.kind = 'actual' and f.metric = case when t.how = 'recognised' then 'recognised' else t.metric end
    left join {{ ref('stg_published_documents') }} as d on f.document = d.document
    inner join {{ ref('stg_deliveries') }} as r on f.seq = r.seq
    inner join {{ ref('dim_belief') }} as b on r.batch = b.batch and b.known_at < cast(as_known_on as timestamp) + interval 1 day
    qualify row_number() over (partition by t.county_code, t.metric, f.year order by f.document) = 1
)

select
    coalesce(c.county_code, p.county_code) as county_code,
    coalesce(c.metric, p.metric) as metric,
    coalesce(c.year, p.year) as year,
    c.base_year,
    coalesce(c.value, p.value) as value,
    coalesce(c.is_printed, false) or (c.value is null and p.value is not null) as is_printed,
    coalesce(c.missing, 0) as missing,
    case when c.value is null then p.document end as figure_document
from computed as c
full join printed as p on c.county_code = p.county_code and c.metric = p.metric and c.year = p.year
