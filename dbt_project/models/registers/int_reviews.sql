-- What reviews found, as recorded: by the county itself, city, region and nation.
with recorded as ({{ rows_in_force('reviews', 'reviews',
    ['review_level', 'evidence', 'attested_on'], ['review_verdict']) }})

select
    data_year as assessment_year,
    county_code,
    review_level,
    review_verdict,
    evidence as document,
    try_cast(attested_on as date) as held_on,
    row
from recorded
where not is_row_set_aside and review_verdict is not null and review_level is not null
