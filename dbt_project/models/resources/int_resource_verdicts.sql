-- Each value against its standard and floor, and what is missing in physical units. Three values: a
-- missing figure is neither met nor failed.
select
    census_year,
    county_code,
    school_id,
    stage,
    indicator_code,
    pupils,
    quantity,
    value,
    standard,
    value / standard as attainment,
    {{ at_least('value', 'standard') }} as meets_standard,
    {{ at_least('value', 'floor') }} as meets_floor,
    case when value is not null then {{ shortfall('standard', 'pupils', 'scale', 'quantity', 'gap_rounding') }}
        end as gap_to_standard,
    case when value is not null then {{ shortfall('floor', 'pupils', 'scale', 'quantity', 'gap_rounding') }}
        end as gap_to_floor,
    gap_unit,
    case
        when is_without_pupils then 'not_applicable'
        when value is null then 'no_data'
        when {{ at_least('value', 'standard') }} then 'pass'
        else 'fail'
    end as verdict,
    case when value is null then coalesce(reason, 'not_reported') end as reason,
    standard_version
from {{ ref('int_resource_values') }}
