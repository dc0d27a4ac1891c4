-- A county's finance by fiscal year: spending, grants, revenue, pay and quotas.
{{ rows_in_force('finance', 'finance_county', [], [
    'education_spending_yuan', 'pupils', 'education_grants_yuan', 'recurring_revenue_yuan', 'teacher_wages_yuan',
    'public_funds_yuan', 'quota_primary_yuan', 'quota_junior_yuan', 'special_education_funds_yuan',
    'special_education_pupils', 'teacher_pay_yuan', 'civil_servant_pay_yuan',
]) }}
qualify row_number() over (partition by data_year, county_code order by row) = 1
