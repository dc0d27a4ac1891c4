-- The school-stages that R1-R7 judge, with their pupils. Out: school types outside the scope, private
-- schools where the parameter says so, teaching points below the limit that stand alone, senior stages.
select
    p.census_year,
    p.county_code,
    p.school_id,
    p.stage,
    r.school_name,
    r.school_type,
    p.pupils,
    p.reason
from {{ ref('int_school_pupils') }} as p
inner join {{ only_changed_counties(ref('int_school_roster'), 'r') }} using (census_year, county_code, school_id)
inner join {{ ref('school_types') }} as t on r.school_type = t.school_type
where p.stage in ('primary', 'junior')
    and (r.run_by is distinct from 'private' or {{ parameter('include_private', 'p.census_year') }} = 1)
    and not (t.is_point and r.counts_as_school
        and coalesce(p.pupils < {{ parameter('small_point_limit', 'p.census_year') }}, false))
