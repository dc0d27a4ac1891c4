-- The figures that R1-R7 need, one row per expected school and figure, present or not.
with figures as (
    select * from {{ ref('int_school_figures') }}
),

reported as (
    select * from {{ cell_by_cell('figures',
        ['census_year', 'county_code', 'school_id', 'school_type', 'missing_reason', 'set_aside']) }}
),

judged as (
    select r.*, e.stage, e.measure, {{ figure_reason('r') }} as reason
    from reported as r
    inner join {{ ref('int_expected_figures') }} as e on r.school_type = e.school_type and r.name = e.name
)

select
    census_year,
    county_code,
    school_id,
    stage,
    measure,
    case when reason is null then value end as value,
    reason
from judged
