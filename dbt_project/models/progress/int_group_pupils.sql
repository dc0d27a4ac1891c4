-- Pupils of each group's rural members, and of the same schools in the first year the group is on record.
with members as (
    select *, min(census_year) over (partition by county_code, group_name) as first_year
    from {{ as_known('snapshot_group_members') }}
),

pupils as (
    select census_year, county_code, school_id, sum(pupils) as pupils
    from (
        select distinct census_year, county_code, school_id, stage, pupils
        from {{ as_known('snapshot_resource_values') }}
        where indicator_code = 'R1' and county_code in (select m.county_code from members as m)
    )
    group by census_year, county_code, school_id
    having count(pupils) = count(*)
)

select
    m.census_year, m.county_code, m.group_name,
    count(*) as rural_members,
    sum(p.pupils) as rural_pupils,
    case when count(b.pupils) = count(*) then sum(b.pupils) end as rural_pupils_first_year,
    case when count(p.pupils) = count(*)
        and count(b.pupils) = count(*) then 100.0 * sum(p.pupils) / nullif(sum(b.pupils), 0) end as kept_share
from members as m
left join pupils as p on m.census_year = p.census_year and m.county_code = p.county_code and m.school_id = p.school_id
left join pupils as b on m.first_year = b.census_year and m.county_code = b.county_code and m.school_id = b.school_id
where m.urban_rural = 'rural'
group by m.census_year, m.county_code, m.group_name
