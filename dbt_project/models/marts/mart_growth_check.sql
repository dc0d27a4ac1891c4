-- What must not fall, or must rise, from one year to the next: the two never-decrease rules, the three growths, and
-- the value of equipment per pupil. Two years in a row, or no_data.
with figures as (
    {%- for check, column in {
        'spending_never_decreases': 'education_spending_yuan', 'spending_per_pupil_never_decreases': 'spending_per_pupil_yuan',
        'wages_per_pupil_rise': 'wages_per_pupil_yuan', 'spending_per_pupil_rises': 'spending_per_pupil_yuan',
        'public_funds_per_pupil_rise': 'public_funds_per_pupil_yuan',
    }.items() %}
    select fiscal_year as year, county_code, '{{ check }}' as check_id, {{ column }} as figure from {{ ref('mart_finance') }}
    union all
    {%- endfor %}
    select census_year, county_code, 'equipment_per_pupil_rises',
        case when count(quantity) = count(*) and count(*) > 0 then sum(quantity) / nullif(sum(pupils), 0) end
    from {{ ref('int_resource_quantities') }}
    where indicator_code = 'R6' and pupils is distinct from 0
    group by census_year, county_code
),

compared as (
    select f.year, f.county_code, f.check_id, f.figure, b.figure as figure_before
    from figures as f
    left join figures as b on f.county_code = b.county_code and f.check_id = b.check_id and f.year = b.year + 1
    union all
    -- Grants are to grow faster than recurring revenue: the one growth against the other.
    select fiscal_year, county_code, 'grants_grow_faster_than_revenue', grants_growth, revenue_growth
    from {{ ref('mart_finance') }}
)

select
    c.check_id,
    cast(c.year as integer) as year,
    c.county_code,
    c.figure,
    c.figure_before,
    case
        when c.figure is null or c.figure_before is null then 'no_data'
        when c.check_id like '%never_decreases' then case when {{ at_least('c.figure', 'c.figure_before', 't.tolerance') }} then 'pass' else 'fail' end
        when not {{ at_most('c.figure', 'c.figure_before', 't.tolerance') }} then 'pass'
        else 'fail'
    end as verdict,
    case when c.figure is null or c.figure_before is null then 'not_reported' end as reason,
    t.standard_version
from compared as c
left join (
    select census_year as year, county_code, comparison_tolerance as tolerance, standard_version from {{ ref('int_county_standards') }}
) as t on c.county_code = t.county_code and c.year = t.year
order by year, county_code, check_id
