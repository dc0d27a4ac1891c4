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
    inner join {{ as_known('snapshot_targets') }} as t
        on s.county_code = t.county_code and t.group_name in ('', s.group_name)
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
        count(*) filter (where {{ at_least('t.value_low', 'a.target_value') }}) as activities_met,
        count(*) filter (where t.value is null) as activities_not_reported
    from {{ ref_as_known('int_group_terms') }} as t
    inner join asked as a using (census_year, county_code, group_name, metric)
    group by t.census_year, t.county_code, t.group_name
),

gaps as (
    select census_year, county_code, group_name, {{ average_in_order('ratio_to_core') }} as members_to_core_ratio
    from {{ ref_as_known('mart_group_gap') }}
    group by census_year, county_code, group_name
),

-- Each group's yearly evaluation, due by the end of the school year, and how many years in a row it was rated
-- excellent.
evaluations as (
    select
        *,
        case when evaluation = 'excellent' then count(*) over (partition by county_code, group_name, census_year - place
            order by census_year) end as excellent_years
    from (
        select
            census_year, county_code, group_name, evaluation, evaluated_on,
            make_date(cast(census_year as integer) + 1, 8, 31) as evaluation_due_on,
            row_number() over (partition by county_code, group_name, evaluation = 'excellent'
                order by census_year) as place
        from {{ as_known('snapshot_group_records') }}
        where group_activity = 'evaluation'
    )
)

{% call described(['county']) %}
select
    cast(s.census_year as integer) as census_year,
    s.county_code,
    s.group_name,
    s.core_schools,
    cast(s.schools as integer) as schools,
    z.size_limit,
    {{ at_most('s.schools', 'z.size_limit') }} as is_within_limit,
    cast(s.rural_schools as integer) as rural_schools,
    p.rural_pupils,
    p.rural_pupils_first_year,
    p.kept_share as rural_enrolment_kept_percent,
    cast(coalesce(x.teachers_exchanged, 0) as integer) as teachers_exchanged_inside,
    cast(t.activities_planned as integer) as activities_planned,
    cast(t.activities_met as integer) as activities_met,
    cast(t.activities_not_reported as integer) as activities_not_reported,
    e.evaluation,
    g.members_to_core_ratio,
    e.evaluated_on,
    make_date(cast(s.census_year as integer) + 1, 8, 31) as evaluation_due_on,
    coalesce(e.evaluated_on <= e.evaluation_due_on, case
        when make_date(cast(s.census_year as integer) + 1, 8, 31) < cast(as_of as date)
        and e.evaluation is null then false end) as is_evaluated_in_time,
    cast(coalesce(e.excellent_years, 0) as integer) as excellent_years_in_a_row,
    g.members_to_core_ratio - b.members_to_core_ratio as members_to_core_change
from sizes as s
left join size_limits as z using (census_year, county_code, group_name)
left join {{ ref_as_known('int_group_pupils') }} as p using (census_year, county_code, group_name)
left join {{ as_known('snapshot_group_exchange') }} as x using (census_year, county_code, group_name)
left join terms as t using (census_year, county_code, group_name)
left join evaluations as e using (census_year, county_code, group_name)
left join gaps as g using (census_year, county_code, group_name)
left join gaps as b on s.county_code = b.county_code and s.group_name = b.group_name
    and s.census_year = b.census_year + 1
{% endcall %}
order by census_year, county_code, group_name
