-- The reviews by city, region and nation as recorded, in one line of text: level, verdict, document, date; and whether
-- the nation has recognised the county.
with recorded as ({{ rows_in_force('reviews', 'reviews', ['review_level', 'evidence', 'attested_on'], ['review_verdict']) }})

select
    data_year as assessment_year,
    county_code,
    string_agg(concat_ws(' ', review_level, review_verdict, evidence, attested_on), '; ' order by attested_on, review_level) as reviews,
    bool_or(review_level = 'nation' and review_verdict = 'pass') as is_recognised
from recorded
where review_verdict is not null
group by data_year, county_code
