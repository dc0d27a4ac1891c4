-- What targets of education groups are measured by, per year, as known on a day: for each group, and for the county
-- (group ''), where of an activity the weakest group and term counts. A term that nobody reported leaves the figure open.
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
    inner join {{ ref('school_types') }} as t on s.school_type = t.school_type and (t.has_primary or t.has_junior) and t.in_resource_scope
    left join members as m using (census_year, county_code, school_id)
    where s.urban_rural = 'rural' and s.counts_as_school
    group by s.census_year, s.county_code
)

select census_year, county_code, '' as group_name, 'education_groups' as metric, cast(count(*) as double) as value
from sizes
group by census_year, county_code
union all
select census_year, county_code, '', 'rural_schools_in_groups', value
from rural
where (census_year, county_code) in (select census_year, county_code from sizes)
union all
select census_year, county_code, coalesce(group_name, ''), 'group_size_max', max(schools)
from sizes
group by grouping sets ((census_year, county_code), (census_year, county_code, group_name))
union all
select census_year, county_code, coalesce(group_name, ''), metric, case when count(value) = count(*) then min(value) end
from {{ ref_as_known('int_group_terms') }}
group by grouping sets ((census_year, county_code, metric), (census_year, county_code, metric, group_name))
union all
select
    census_year, county_code, coalesce(group_name, ''), 'rural_enrolment_kept_share',
    case when count(kept_share) = count(*) then 100.0 * sum(rural_pupils) / nullif(sum(rural_pupils_first_year), 0) end
from {{ ref_as_known('int_group_pupils') }}
group by grouping sets ((census_year, county_code), (census_year, county_code, group_name))
