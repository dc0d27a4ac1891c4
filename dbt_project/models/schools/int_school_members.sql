-- Who is counted where: a school that counts is its own member; a campus or teaching point that is not
-- counted as a school is a member of its parent. Where the parent can't be found, the point stays by
-- itself, unresolved.
with roster as (
    select r.*, t.has_primary, t.has_junior, t.has_senior
    from {{ only_changed_counties(ref('int_school_roster'), 'r') }}
    inner join {{ ref('school_types') }} as t on r.school_type = t.school_type
    where t.in_resource_scope
)

select
    m.census_year,
    m.county_code,
    m.school_id as member_school_id,
    case when m.counts_as_school or p.school_id is null then m.school_id else p.school_id end as school_id,
    not m.counts_as_school and p.school_id is null as is_unresolved
from roster as m
left join roster as p
    on not m.counts_as_school
    and m.census_year = p.census_year
    and m.county_code = p.county_code
    and m.parent_school_id = p.school_id
    and p.counts_as_school
    and p.missing_reason is null
    and (p.has_primary or not m.has_primary)
    and (p.has_junior or not m.has_junior)
    and (p.has_senior or not m.has_senior)
