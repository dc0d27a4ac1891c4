-- What one unit of a gap costs: the office's own price list, the newest first, before the seed's; '*' is every county.
with delivered as (
    {{ rows_in_force('prices', 'gap_prices',
        ['gap_indicator', 'school_stage', 'price_source'], ['price_yuan', 'price_from_year', 'price_to_year']) }}
),

prices as (
    select
        county_code, upper(gap_indicator) as indicator_code, coalesce(school_stage, 'all') as stage, price_yuan,
        cast(coalesce(price_from_year, 0) as integer) as valid_from_year,
            cast(price_to_year as integer) as valid_to_year, price_source as source, data_year, row
    from delivered
    where price_yuan is not null
    union all
    select county_code, indicator_code, stage, price_yuan, valid_from_year, valid_to_year, source, 0, 0
    from {{ ref('gap_prices') }}
)

select county_code, indicator_code, stage, valid_from_year, valid_to_year, price_yuan, source
from prices
qualify row_number() over (partition by county_code, indicator_code, stage, valid_from_year
order by data_year desc, row) = 1
