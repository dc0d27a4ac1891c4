-- Each target year by year: where it started, where it stands, how far it is, where the trend leads. See
-- mart_target_progress.md.
with targets as (
    select
        t.* replace (coalesce(t.due_on, make_date(cast(t.target_year as integer), 12, 31)) as due_on),
        m.name_zh, m.name_en, m.unit, m.has_trend, m.smallest, m.largest,
        coalesce(o.office, i.office) as responsible_office
    from {{ as_known('snapshot_targets') }} as t
    inner join {{ ref('target_metrics') }} as m on t.metric = m.metric
    left join {{ ref('int_responsible_offices') }} as o on t.county_code = o.county_code and t.metric = o.subject
    left join {{ ref('int_responsible_offices') }} as i
        on t.county_code = i.county_code and m.indicator_code = i.subject
),

series as (
    select
        t.*, f.year, f.value, f.value_low, f.value_high, f.is_printed, f.missing, f.reached_on, f.figure_document,
        coalesce(t.base_year, min(case when f.value is not null then f.year end)
            over (partition by t.county_code, t.group_name, t.metric, t.target_year)) as baseline_year
    from targets as t
    inner join {{ ref_as_known('int_target_figures') }} as f
        on t.county_code = f.county_code and t.group_name = f.group_name and t.metric = f.metric
            and f.year <= t.target_year and coalesce(f.base_year = t.base_year, true)
),

-- A target past its date without a figure of its year, or without any figure at all, still has its line.
lines as (
    select * from series
    union all by name
    select t.*, t.target_year as year
    from targets as t
    where not exists (
        select 1 from series as s
        where s.county_code = t.county_code and s.group_name = t.group_name and s.metric = t.metric
            and s.target_year = t.target_year and s.year = t.target_year
    ) and (
        t.due_on < cast(as_of as date)
        or not exists (select 1 from series as s
            where s.county_code = t.county_code and s.group_name = t.group_name and s.metric = t.metric
            and s.target_year = t.target_year)
    )
),

fitted as (
    select
        *,
        max(baseline_year) over target as first_year,
        max(case when year = baseline_year then value end) over target as baseline,
        lag(value) over years as value_before,
        lag(year) over years as year_before,
        count(value) over so_far as points,
        regr_slope(value, year) over so_far as slope,
        regr_intercept(value, year) over so_far as intercept,
        regr_sxx(value, year) over so_far as sxx,
        regr_syy(value, year) over so_far as syy,
        regr_sxy(value, year) over so_far as sxy,
        regr_avgx(value, year) over so_far as mean_year,
        year = max(year) over target as is_latest
    from lines
    window
        target as (partition by county_code, group_name, metric, target_year),
        years as (partition by county_code, group_name, metric, target_year order by year),
        so_far as (partition by county_code, group_name, metric, target_year
            order by year rows between unbounded preceding and current row)
),

outlook as (
    select
        *,
        case
            when value is null or year >= target_year then null
            when not has_trend then value
            when points >= 2 then intercept + slope * target_year
        end as line,
        -- The usual interval of a prediction by a fitted line, 95 %, from four points on.
        case when has_trend and value is not null and year < target_year and points >= 4 then
            {{ t_quantile('points - 2') }}
            * sqrt(
                greatest(syy - sxy * sxy / nullif(sxx, 0), 0) / (points - 2)
                * (1 + 1.0 / points + (target_year - mean_year) * (target_year - mean_year) / nullif(sxx, 0))
            )
        end as half_width
    from fitted
),

-- Within what the metric can be at all: a share that the line takes beyond 100 % is forecast as 100 %.
forecasts as (
    select
        *,
        {{ within_bounds('line', 'smallest', 'largest') }} as forecast,
        {{ within_bounds('line - half_width', 'smallest', 'largest') }} as forecast_low,
        {{ within_bounds('line + half_width', 'smallest', 'largest') }} as forecast_high
    from outlook
),

judged as (
    select
        *,
        -- Where something is missing: whether the target is reached even at the worst, and can be reached at the best.
        case direction when 'at_least' then {{ at_least('value_low', 'target_value') }}
            else {{ at_most('value_high', 'target_value') }} end as is_reached,
        case direction when 'at_least' then {{ at_least('value_high', 'target_value') }}
            else {{ at_most('value_low', 'target_value') }} end as can_be_reached,
        case direction when 'at_least' then {{ at_least('forecast', 'target_value') }}
            else {{ at_most('forecast', 'target_value') }} end as will_be_reached
    from forecasts
)

{% call described(['county']) %}
select
    county_code,
    group_name,
    metric,
    cast(target_year as integer) as target_year,
    cast(year as integer) as census_year,
    name_zh as metric_zh,
    name_en as metric_en,
    unit,
    direction,
    target_value,
    cast(first_year as integer) as baseline_year,
    baseline,
    value,
    is_printed,
    case when year_before = year - 1 then value - value_before end as change_yoy,
    case when not is_reached then target_value - value when is_reached then 0.0 end as distance,
    case when is_reached then 0.0 when year < target_year then (target_value - value) / (target_year - year)
        end as needed_per_year,
    forecast,
    forecast_low,
    forecast_high,
    case
        when is_reached and year = target_year then 'met'
        when year = target_year and can_be_reached is distinct from false then 'no_data'
        when year = target_year and due_on < cast(as_of as date) then 'missed'
        when year = target_year then 'behind'
        when due_on < cast(as_of as date) and is_latest then 'no_data'
        when coalesce(will_be_reached, is_reached) then 'on_track'
        when (is_reached or not can_be_reached) and (forecast is not null or value is null) then 'behind'
        else 'no_data'
    end as status,
    case
        when points = 0 and can_be_reached is null then 'not_delivered'
        when is_reached is not true and can_be_reached is distinct from false then 'not_reported'
        when year < target_year and forecast is null and value is not null and not is_reached then 'single_figure'
    end as reason,
    cast(coalesce(missing, 0) as integer) as missing,
    is_latest,
    document,
    clause,
    figure_document,
    due_on,
    reached_on,
    responsible_office
from judged
{% endcall %}
order by county_code, group_name, metric, target_year, census_year
