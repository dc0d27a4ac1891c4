-- Posts allocated to the schools of a county that G10 covers, as far as known, and how many schools' posts are unknown.
with posts as ({{ rows_in_force('hr', 'hr_posts', ['school_id'], ['posts_allocated']) }}),

covered as ({{ rows_in_scope('posts', 'G10') }}),

absent as ({{ schools_absent('posts', 'G10') }})

select
    p.data_year,
    p.county_code,
    coalesce(sum(p.posts_allocated), 0) as posts_allocated,
    count(*) - count(p.posts_allocated) + max(coalesce(a.schools_absent, 0)) as schools_unknown,
    bool_or(p.is_set_aside) as is_set_aside
from covered as p
left join absent as a using (data_year, county_code)
group by p.data_year, p.county_code
