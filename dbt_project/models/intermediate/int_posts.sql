-- Posts allocated to the schools of a county, in all; nothing where a school is not in the list.
with posts as ({{ rows_in_force('hr', 'hr_posts', ['school_id'], ['posts_allocated']) }}),

absent as ({{ schools_absent('posts', 'G10') }})

select
    p.data_year,
    p.county_code,
    case when count(p.posts_allocated) = count(*) and max(coalesce(a.schools_absent, 0)) = 0 then sum(p.posts_allocated) end as posts_allocated,
    bool_or(p.is_set_aside) as is_set_aside
from posts as p
left join absent as a using (data_year, county_code)
group by p.data_year, p.county_code
