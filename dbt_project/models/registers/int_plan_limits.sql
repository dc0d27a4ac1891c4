-- What an office allows a plan, by its newest list: posts and money are those of one year.
with delivered as (
    {{ rows_in_force('plan_limits', 'plan_limits', ['plan_limit', 'plan_limit_value'], []) }}
)

select county_code, plan_limit as limit_name, replace(plan_limit_value, ',', '') as limit_value
from delivered
where not is_row_set_aside and plan_limit is not null
qualify row_number() over (partition by county_code, plan_limit order by data_year desc, row desc) = 1
