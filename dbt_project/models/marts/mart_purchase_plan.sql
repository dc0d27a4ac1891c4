-- Open gaps in money, by the year they are due: of what the office (or seed `gap_prices`) has a price for.
with priced as (
    select l.county_code, l.indicator_code, l.stage, l.unit, l.due_date, l.quantity_missing, p.price_yuan,
        p.source as price_source
    from {{ ref_as_known('mart_gap_ledger') }} as l
    inner join {{ ref('int_gap_prices') }} as p
        on p.county_code in (l.county_code, '*') and l.indicator_code = p.indicator_code and p.stage in (l.stage, 'all')
        and {{ in_force('p', 'extract(year from coalesce(l.due_date, cast(as_of as date)))') }}
    where l.status <> 'closed' and l.quantity_missing > 0
    -- A county's own price stands before the general one.
    qualify row_number() over (
        partition by l.county_code, l.school_id, l.school_name, l.stage, l.indicator_code, l.grade, l.opened_on
        order by p.county_code = '*', p.stage = 'all', p.valid_from_year desc
    ) = 1
)

{% call described(['county', 'indicator']) %}
select
    county_code,
    indicator_code,
    stage,
    cast(extract(year from due_date) as integer) as due_year,
    unit,
    cast(count(*) as integer) as gaps,
    {{ sum_in_order('quantity_missing') }} as quantity_missing,
    price_yuan,
    {{ sum_in_order('quantity_missing') }} * price_yuan as cost_yuan,
    price_source
from priced
group by county_code, indicator_code, stage, extract(year from due_date), unit, price_yuan, price_source
{% endcall %}
order by county_code, due_year, indicator_code, stage
