-- Each gap from the night that opened it to the night that closed it, as known on a day.
with last_of_day as (
    select *
    from {{ ref('int_gap_history') }}
    where verdict <> 'no_data' and known_at < cast(as_known_on as timestamp) + interval 1 day
    qualify row_number() over (
        partition by county_code, school_id, stage, indicator_code, grade, subject, cast(known_at as date)
            order by known_at desc
    ) = 1
),

decisive as (
    select *, lag(verdict) over gap as verdict_before
    from last_of_day
    window gap as (partition by county_code, school_id, stage, indicator_code, grade, subject order by known_at)
),

numbered as (
    select
        *,
        count(*) filter (where verdict = 'fail' and verdict_before is distinct from 'fail') over (
            partition by county_code, school_id, stage, indicator_code, grade, subject order by known_at
            rows between unbounded preceding and current row
        ) as episode
    from decisive
)

select
    county_code, school_id, stage, indicator_code, grade, subject,
    cast(min(known_at) as date) as opened_on,
    cast(min(case when verdict <> 'fail' then known_at end) as date) as closed_on,
    arg_min(year, known_at) as opened_year,
    max(case when verdict = 'fail' then year end) as year,
    arg_min_null(gap, known_at) as gap_at_opening,
    arg_max_null(case when verdict = 'fail' then gap end, case when verdict = 'fail' then known_at end) as gap,
    arg_min(verdict, known_at) filter (where verdict <> 'fail') as closed_by
from numbered
where episode > 0
group by county_code, school_id, stage, indicator_code, grade, subject, episode
