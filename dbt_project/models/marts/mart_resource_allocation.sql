{% call described(['county', 'indicator', 'unit', 'school_name', 'school']) %}
select
    census_year,
    county_code,
    school_id,
    cast(null as varchar) as school_name,
    stage,
    indicator_code,
    pupils,
    quantity,
    value,
    standard,
    attainment,
    meets_standard,
    meets_floor,
    gap_to_standard,
    gap_to_floor,
    gap_unit,
    verdict,
    reason,
    standard_version
from {{ ref('int_resource_verdicts') }}
{% endcall %}
