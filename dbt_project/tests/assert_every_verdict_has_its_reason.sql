-- A verdict without data says why; one with data gives no reason.
with verdicts as (
    select 'allocation' as mart, school_id as subject, verdict, reason from {{ of_changed_counties(ref('mart_resource_allocation')) }}
    union all
    select 'compliance', school_id, verdict, reason from {{ of_changed_counties(ref('mart_school_compliance')) }}
    union all
    select 'balance', county_code, verdict, reason from {{ of_changed_counties(ref('mart_resource_balance')) }}
)

select * from verdicts
where (verdict in ('no_data', 'not_applicable')) <> (reason is not null)
    or (reason is not null and reason not in (select r.reason from {{ ref('reasons') }} as r))
    or verdict not in ('pass', 'fail', 'no_data', 'not_applicable')
