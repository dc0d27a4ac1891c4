-- The posts that a county was approved.
with approved as ({{ rows_in_force('hr', 'hr_county', [], ['posts_approved']) }})

select data_year, county_code, max(posts_approved) as posts_approved, bool_or(is_set_aside) as is_set_aside
from approved
group by data_year, county_code
