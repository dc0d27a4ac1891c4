-- Value, standard and floor of each school-stage and R-indicator, unrounded.
select
    q.census_year,
    q.county_code,
    q.school_id,
    q.stage,
    q.indicator_code,
    q.pupils,
    q.quantity,
    i.scale,
    i.gap_unit,
    i.gap_rounding,
    s.threshold as standard,
    s.floor,
    v.standard_version,
    case when q.pupils > 0 then q.quantity / q.pupils * i.scale end as value,
    q.pupils = 0 as is_without_pupils,
    case when q.pupils = 0 then 'zero_denominator' else q.reason end as reason
from {{ ref('int_resource_quantities') }} as q
inner join {{ ref('indicators') }} as i on q.indicator_code = i.indicator_code
inner join {{ ref('int_county_standards') }} as v on q.census_year = v.census_year and q.county_code = v.county_code
inner join {{ ref('standards') }} as s
    on v.standard_version = s.standard_version and q.indicator_code = s.indicator_code and q.stage = s.stage
    and {{ in_force('s', 'q.census_year') }}
