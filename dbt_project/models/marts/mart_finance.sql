-- County finance year by year: what was spent, per pupil, and how it grew on the year before.
with yearly as (
    select
        cast(data_year as integer) as fiscal_year,
        county_code,
        education_spending_yuan,
        pupils,
        education_spending_yuan / nullif(pupils, 0) as spending_per_pupil_yuan,
        education_grants_yuan,
        recurring_revenue_yuan,
        teacher_wages_yuan,
        teacher_wages_yuan / nullif(pupils, 0) as wages_per_pupil_yuan,
        public_funds_yuan,
        public_funds_yuan / nullif(pupils, 0) as public_funds_per_pupil_yuan,
        teacher_pay_yuan,
        civil_servant_pay_yuan
    from {{ ref('int_finance_counties') }}
)

{% call described(['county']) %}
select
    y.*,
    y.education_spending_yuan / nullif(b.education_spending_yuan, 0) - 1 as spending_growth,
    y.spending_per_pupil_yuan / nullif(b.spending_per_pupil_yuan, 0) - 1 as spending_per_pupil_growth,
    y.education_grants_yuan / nullif(b.education_grants_yuan, 0) - 1 as grants_growth,
    y.recurring_revenue_yuan / nullif(b.recurring_revenue_yuan, 0) - 1 as revenue_growth
from yearly as y
left join yearly as b on y.county_code = b.county_code and y.fiscal_year = b.fiscal_year + 1
{% endcall %}
order by fiscal_year, county_code
