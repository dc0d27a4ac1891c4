-- Each education group, year by year: its schools against the limit, its rural schools and their pupils, teachers
-- exchanged inside, activities against the plan, and how far its members are from the core school.
with members as (
    select * from {{ as_known('snapshot_group_members') }}
),

sizes as (
    select
        census_year, county_code, group_name, count(*) as schools,
        count(*) filter (where urban_rural = 'rural') as rural_schools,
        string_agg(school_name, '、' order by school_id) filter (where group_role = 'core') as core_schools
    from members
    group by census_year, county_code, group_name
),

-- What the plan asks of a group in a year: its own number stands before the county's, the first on or after the year
-- before the last.
asked as (
    select s.census_year, s.county_code, s.group_name, t.metric, t.target_value
    from sizes as s
    inner join {{ as_known('snapshot_targets') }} as t on s.county_code = t.county_code and t.group_name in ('', s.group_name)
    qualify row_number() over (
        partition by s.census_year, s.county_code, s.group_name, t.metric
        order by t.group_name desc, t.target_year < s.census_year, abs(t.target_year - s.census_year)
    ) = 1
),

size_limits as (
    select census_year, county_code, group_name, target_value as size_limit from asked where metric = 'group_size_max'
),

terms as (
    select
        t.census_year, t.county_code, t.group_name,
        count(*) as activities_planned,
        count(*) filter (where t.value >= a.target_value) as activities_met,
        count(*) filter (where t.value is null) as activities_not_reported
    from {{ ref_as_known('int_group_terms') }} as t
    inner join asked as a using (census_year, county_code, group_name, metric)
    group by t.census_year, t.county_code, t.group_name
),

gaps as (
    select census_year, county_code, group_name, avg(ratio_to_core) as members_to_core_ratio
    from {{ ref_as_known('mart_group_gap') }}
    group by census_year, county_code, group_name
)

select
    cast(s.census_year as integer) as census_year,
    s.county_code,
    s.group_name,
    s.core_schools,
    cast(s.schools as integer) as schools,
    z.size_limit,
    s.schools <= z.size_limit as is_within_limit,
    cast(s.rural_schools as integer) as rural_schools,
    p.rural_pupils,
    p.rural_pupils_first_year,
    p.kept_share as rural_enrolment_kept_percent,
    cast(coalesce(x.teachers_exchanged, 0) as integer) as teachers_exchanged_inside,
    cast(t.activities_planned as integer) as activities_planned,
    cast(t.activities_met as integer) as activities_met,
    cast(t.activities_not_reported as integer) as activities_not_reported,
    e.evaluation,
    g.members_to_core_ratio
from sizes as s
left join size_limits as z using (census_year, county_code, group_name)
left join {{ ref_as_known('int_group_pupils') }} as p using (census_year, county_code, group_name)
left join {{ as_known('snapshot_group_exchange') }} as x using (census_year, county_code, group_name)
left join terms as t using (census_year, county_code, group_name)
left join (select * from {{ as_known('snapshot_group_records') }} where group_activity = 'evaluation') as e using (census_year, county_code, group_name)
left join gaps as g using (census_year, county_code, group_name)
order by census_year, county_code, group_name
