-- Posts allocated to the schools of a county, in all.
with posts as ({{ rows_in_force('hr', 'hr_posts', [], ['posts_allocated']) }})

select
    data_year,
    county_code,
    case when count(posts_allocated) = count(*) then sum(posts_allocated) end as posts_allocated,
    bool_or(is_set_aside) as is_set_aside
from posts
group by data_year, county_code
