-- Each city, of its counties that promised to be recognised or are: how many promises are due, how many counties the
-- nation has recognised, and which.
with promises as (
    select county_code, due_on, status, document
    from {{ ref_as_known('mart_target_progress') }}
    where metric = 'recognition_year' and group_name = '' and is_latest
    qualify row_number() over (partition by county_code order by due_on) = 1
),

states as (
    select
        county_code,
        arg_max(event, event_on) filter (where event in ('recognised', 'revoked')) = 'recognised' as is_recognised,
        max(event_on) filter (where event = 'recognised') as recognised_on
    from {{ as_known('snapshot_recognition') }}
    where event_on <= cast(as_of as date)
    group by county_code
),

counties as (
    select
        d.city_code, d.city_zh, d.county_code, d.name_zh, p.due_on, p.status, p.document,
        coalesce(s.is_recognised, false) as is_recognised, s.recognised_on
    from {{ ref('dim_county') }} as d
    left join promises as p on d.county_code = p.county_code
    left join states as s on d.county_code = s.county_code
    where d.city_code is not null and (p.county_code is not null or s.is_recognised)
)

select
    city_code,
    city_zh,
    cast(count(due_on) as integer) as counties_promised,
    cast(count(*) filter (where due_on < cast(as_of as date)) as integer) as counties_due,
    cast(count(*) filter (where is_recognised) as integer) as counties_recognised,
    cast(count(*) filter (where due_on < cast(as_of as date) and is_recognised) as integer) as counties_due_recognised,
    cast(count(*) filter (where status = 'met') as integer) as counties_met,
    cast(count(*) filter (where status = 'missed') as integer) as counties_missed,
    cast(count(*) filter (where due_on is not null and status = 'no_data') as integer) as counties_without_data,
    max(due_on) as last_due_on,
    string_agg(name_zh || coalesce(' ' || recognised_on, ''), '、' order by county_code)
        filter (where is_recognised) as recognised,
    string_agg(name_zh || ' ' || due_on, '、' order by county_code)
        filter (where due_on is not null and not is_recognised) as outstanding,
    string_agg(county_code, ',' order by county_code) as county_codes,
    {{ list_distinct('document') }} as document
from counties
group by city_code, city_zh
order by city_code
