-- What must not fall, or must rise, from one year to the next: the two never-decrease rules, the three growths, and the
-- value of equipment per pupil. Two years in a row, or no_data; every year that the warehouse covers has its line,
-- also where nothing came, and every past year that a county's plan names.
{%- set yearly = {
    'spending_never_decreases': 'education_spending_yuan',
        'spending_per_pupil_never_decreases': 'spending_per_pupil_yuan',
    'teacher_pay_rises': 'teacher_pay_yuan', 'spending_per_pupil_rises': 'spending_per_pupil_yuan',
    'public_funds_per_pupil_rise': 'public_funds_per_pupil_yuan',
} %}
with years as (
    select county_code, assessment_year - 1 as year from {{ ref('int_assessments') }}
    union
    select county_code, fiscal_year from {{ ref('mart_finance') }}
    union
    select county_code, census_year from {{ ref('int_county_years') }}
    union
    -- A county that promised something is told what nobody delivered for the years since.
    select county_code, cast(year as integer)
    from (
        select t.county_code, unnest(range(min(t.target_year), any_value(k.last_year))) as year
        from {{ ref('int_targets') }} as t
        cross join (
            select cast(extract(year from max(known_at)) as integer) as last_year from {{ source('bronze', 'ledger') }}
        ) as k
        group by t.county_code
    )
),

grid as (
    select y.county_code, y.year, c.check_id
    from years as y
    cross join (values {% for check in yearly %}('{{ check }}'), {% endfor %}('grants_grow_faster_than_revenue'),
        ('equipment_per_pupil_rises')) as c (check_id)
),

figures as (
    {%- for check, column in yearly.items() %}
    select fiscal_year as year, county_code, '{{ check }}' as check_id, {{ column }} as figure
    from {{ ref('mart_finance') }}
    union all
    {%- endfor %}
    select census_year, county_code, 'equipment_per_pupil_rises',
        case
            when count(quantity) = count(*) and count(*) > 0
                then {{ sum_in_order('quantity') }} / nullif(sum(pupils), 0)
        end
    from {{ only_changed_counties(ref('int_resource_quantities')) }}
    where indicator_code = 'R6' and pupils is distinct from 0
    group by census_year, county_code
),

-- Grants are to grow faster than recurring revenue: the one growth against the other.
compared as (
    select g.year, g.county_code, g.check_id, f.figure, b.figure as figure_before
    from grid as g
    left join figures as f on g.county_code = f.county_code and g.check_id = f.check_id and g.year = f.year
    left join figures as b on g.county_code = b.county_code and g.check_id = b.check_id and g.year = b.year + 1
    where g.check_id <> 'grants_grow_faster_than_revenue'
    union all
    select g.year, g.county_code, g.check_id, f.grants_growth, f.revenue_growth
    from grid as g
    left join {{ ref('mart_finance') }} as f on g.county_code = f.county_code and g.year = f.fiscal_year
    where g.check_id = 'grants_grow_faster_than_revenue'
),

-- Whether anything came for both years.
came as (
    select
        g.county_code, g.year, g.check_id,
        count(distinct d.year) = 2 as is_delivered,
        coalesce(bool_or(d.is_refused), false) as is_refused,
        coalesce(bool_or(d.is_set_aside), false) as is_set_aside
    from grid as g
    left join (
        select
            county_code, year, source,
            bool_and(status = 'refused') as is_refused, false as is_set_aside
        from {{ ref('stg_deliveries') }}
        where (source = 'census' or form = 'finance_county' or (source = 'finance' and form is null))
            and status in ('in_force', 'refused', 'replaced') and county_code <> ''
        group by county_code, year, source
        union all
        select county_code, cast(data_year as integer), 'finance', false, true from {{ ref('int_finance_counties') }}
        where is_set_aside
    ) as d
        on g.county_code = d.county_code and d.year in (g.year, g.year - 1)
        and d.source = case when g.check_id = 'equipment_per_pupil_rises' then 'census' else 'finance' end
    group by g.county_code, g.year, g.check_id
)

{% call described(['county']) %}
select
    c.check_id,
    cast(c.year as integer) as year,
    c.county_code,
    c.figure,
    c.figure_before,
    case
        when c.figure is null or c.figure_before is null then 'no_data'
        when c.check_id like '%never_decreases' then case when {{ at_least('c.figure', 'c.figure_before') }} then 'pass'
            else 'fail' end
        when {{ above('c.figure', 'c.figure_before') }} then 'pass'
        else 'fail'
    end as verdict,
    case
        when c.figure is not null and c.figure_before is not null then null
        when d.is_refused then 'refused'
        when not d.is_delivered then 'not_delivered'
        when d.is_set_aside then 'quarantined'
        else 'not_reported'
    end as reason,
    v.standard_version,
    o.office as responsible_office
from compared as c
inner join came as d using (county_code, year, check_id)
left join {{ ref('int_county_standards') }} as v on c.county_code = v.county_code and c.year = v.census_year
left join {{ ref('int_responsible_offices') }} as o on c.county_code = o.county_code and c.check_id = o.subject
{% endcall %}
order by year, county_code, check_id
