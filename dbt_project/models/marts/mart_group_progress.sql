-- Each education group, year by year: its schools against the limit, its rural schools and their pupils, teachers
-- exchanged inside, activities against the plan, and how far its members are from the core school.
with members as (
    select * from {{ as_known('snapshot_group_members') }}
),

limits as (
    select county_code, metric, target_year, target_value from {{ as_known('snapshot_targets') }}
),

sizes as (
    select
        census_year, county_code, group_name, count(*) as schools,
        count(*) filter (where urban_rural = 'rural') as rural_schools,
        string_agg(school_name, '、' order by school_id) filter (where group_role = 'core') as core_schools
    from members
    group by census_year, county_code, group_name
),

-- The limit of the plan's first year on or after the year, else its last.
size_limits as (
    select s.census_year, s.county_code, s.group_name, arg_min(l.target_value, case when l.target_year >= s.census_year then l.target_year else 9999 - l.target_year end) as size_limit
    from sizes as s
    inner join limits as l on s.county_code = l.county_code and l.metric = 'group_size_max'
    group by s.census_year, s.county_code, s.group_name
),

terms as (
    select
        t.census_year, t.county_code, t.group_name,
        count(distinct t.school_term || t.metric) as activities_planned,
        count(distinct t.school_term || t.metric) filter (where t.value >= l.target_value) as activities_met,
        count(distinct t.school_term || t.metric) filter (where t.value is null) as activities_not_reported
    from {{ ref_as_known('int_group_terms') }} as t
    inner join limits as l on t.county_code = l.county_code and t.metric = l.metric
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
left join {{ ref('int_group_exchange') }} as x using (census_year, county_code, group_name)
left join terms as t using (census_year, county_code, group_name)
left join (select * from {{ as_known('snapshot_group_records') }} where group_activity = 'evaluation') as e using (census_year, county_code, group_name)
left join gaps as g using (census_year, county_code, group_name)
order by census_year, county_code, group_name
