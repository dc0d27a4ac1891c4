-- A school's finance by fiscal year: income, spending, assets and budget, as far as delivered.
with income as ({{ rows_in_force('finance', 'finance_jz_2', ['school_id'], ['public_funds_granted_yuan']) }}),

spending as (
    {{ rows_in_force('finance', 'finance_jz_3', ['school_id'], [
        'general_budget_spending_yuan', 'wages_yuan', 'goods_and_services_yuan', 'training_spending_yuan',
            'capital_spending_yuan',
    ]) }}
),

assets as (
    {{ rows_in_force('finance', 'finance_jz_7',
        ['school_id'], ['sports_ground_area_m2', 'teaching_rooms_area_m2', 'multimedia_rooms']) }}
),

budget as (
    {{ rows_in_force('finance', 'finance_budget',
        ['school_id'], ['public_funds_budget_yuan', 'training_budget_yuan', 'public_funds_approved_yuan']) }}
),

schools as (
    select data_year, county_code, school_id from income
    union
    select data_year, county_code, school_id from spending
    union
    select data_year, county_code, school_id from assets
    union
    select data_year, county_code, school_id from budget
)

select
    s.data_year as fiscal_year,
    s.county_code,
    s.school_id,
    i.public_funds_granted_yuan,
    e.general_budget_spending_yuan,
    e.wages_yuan,
    e.goods_and_services_yuan,
    e.training_spending_yuan,
    e.capital_spending_yuan,
    a.sports_ground_area_m2,
    a.teaching_rooms_area_m2,
    a.multimedia_rooms,
    b.public_funds_budget_yuan,
    b.training_budget_yuan,
    b.public_funds_approved_yuan,
    b.school_id is not null as has_budget,
    coalesce(b.is_set_aside, false) as is_budget_set_aside
from schools as s
left join income as i using (data_year, county_code, school_id)
left join spending as e using (data_year, county_code, school_id)
left join assets as a using (data_year, county_code, school_id)
left join budget as b using (data_year, county_code, school_id)
where {{ is_school_id('s.school_id') }}
qualify row_number() over (partition by s.data_year, s.county_code, s.school_id order by b.row, i.row, e.row, a.row) = 1
