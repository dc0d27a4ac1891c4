-- The schools that each indicator judged school by school covers, by type and by who runs them, points and
-- campuses counted with their school.
select
    r.census_year,
    r.county_code,
    i.indicator_code,
    r.school_id,
    r.school_name,
    r.school_type,
    r.urban_rural,
    r.run_by,
    r.is_boarding,
    r.year_built,
    r.counts_as_school,
    t.has_primary,
    t.has_junior,
    r.missing_reason
from {{ ref('int_school_roster') }} as r
inner join {{ ref('school_types') }} as t on r.school_type = t.school_type
inner join {{ ref('indicator_scope') }} as i
    on r.school_type = i.school_type and (i.covers_private or r.run_by is distinct from 'private')
