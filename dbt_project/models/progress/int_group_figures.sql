-- What targets of education groups are measured by, per year, as known on a day: for each group, and for the county
-- (group ''), where of an activity the weakest group counts. What nobody reported leaves the figure open, between its
-- bounds: an activity was held at least as often as it was reported.
with members as (
    select * from {{ as_known('snapshot_group_members') }}
),

sizes as (
    select census_year, county_code, group_name, count(*) as schools
    from members
    group by census_year, county_code, group_name
),

rural as (
    select
        s.census_year, s.county_code, 100.0 * count(m.school_id) / count(*) as value
    from {{ as_known('snapshot_schools') }} as s
    inner join {{ ref('school_types') }} as t
        on s.school_type = t.school_type and (t.has_primary or t.has_junior) and t.in_resource_scope
    left join members as m using (census_year, county_code, school_id)
    where s.urban_rural = 'rural' and s.counts_as_school and s.county_code in (select n.county_code from members as n)
    group by s.census_year, s.county_code
),

-- Schools in a group that were in none when the county's first list came; of that first year itself nothing can be
-- said.
joined as (
    select m.census_year, m.county_code, count(distinct m.school_id) filter (where b.school_id is null) as value
    from members as m
    inner join (select county_code, min(census_year) as first_year from members group by county_code) as f
        on m.county_code = f.county_code and m.census_year > f.first_year
    left join members as b on m.county_code = b.county_code and f.first_year = b.census_year
        and m.school_id = b.school_id
    group by m.census_year, m.county_code
),

evaluated as (
    select s.census_year, s.county_code, s.group_name, count(e.evaluation) as evaluations, count(*) as groups
    from sizes as s
    left join {{ as_known('snapshot_group_records') }} as e
        on s.census_year = e.census_year and s.county_code = e.county_code and s.group_name = e.group_name
            and e.group_activity = 'evaluation'
    group by grouping sets ((s.census_year, s.county_code), (s.census_year, s.county_code, s.group_name))
),

figures as (
    select census_year, county_code, '' as group_name, 'education_groups' as metric, cast(count(*) as double) as value,
        cast(null as double) as value_low, cast(null as double) as value_high
    from sizes
    group by census_year, county_code
    union all
    select census_year, county_code, '', 'rural_schools_in_groups', value, null, null
    from rural
    where (census_year, county_code) in (select census_year, county_code from sizes)
    union all
    select census_year, county_code, '', 'schools_joined_groups', value, null, null
    from joined
    union all
    select census_year, county_code, coalesce(group_name, ''), 'group_size_max', max(schools), null, null
    from sizes
    group by grouping sets ((census_year, county_code), (census_year, county_code, group_name))
    union all
    select census_year, county_code, coalesce(group_name, ''), 'groups_evaluated_share', 100.0 * evaluations / groups,
        null, null
    from evaluated
    where evaluations > 0
    union all
    select census_year, county_code, coalesce(group_name, ''), metric, case
        when count(value) = count(*) then min(value) end, min(value_low), min(value_high)
    from {{ ref_as_known('int_group_terms') }}
    group by grouping sets ((census_year, county_code, metric), (census_year, county_code, metric, group_name))
    union all
    select
        census_year, county_code, coalesce(group_name, ''), 'rural_enrolment_kept_share',
        case when count(kept_share) = count(*) then 100.0 * sum(rural_pupils) / nullif(sum(rural_pupils_first_year), 0)
            end, null, null
    from {{ ref_as_known('int_group_pupils') }}
    group by grouping sets ((census_year, county_code), (census_year, county_code, group_name))
)

select census_year, county_code, group_name, metric, value, coalesce(value_low, value) as value_low,
    coalesce(value_high, value) as value_high
from figures
