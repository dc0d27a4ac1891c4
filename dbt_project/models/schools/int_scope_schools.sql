-- The schools that each indicator judged school by school covers, by type and by who runs them. `is_judged`: it is
-- judged by itself, since it counts as a school. A point or campus whose school cannot be found is judged by itself as
-- well, as missing, for every indicator that counts points with their school.
with schools as (
    select r.*, t.has_primary, t.has_junior, coalesce(m.is_unresolved, false) as is_unresolved
    from {{ ref('int_school_roster') }} as r
    inner join {{ ref('school_types') }} as t on r.school_type = t.school_type
    left join {{ ref('int_school_members') }} as m
        on r.census_year = m.census_year and r.county_code = m.county_code and r.school_id = m.member_school_id
),

covered as (
    select i.indicator_code, r.*
    from schools as r
    inner join {{ ref('indicator_scope') }} as i on {{ covers('i', 'r') }}
    union all
    select i.indicator_code, r.*
    from schools as r
    cross join {{ ref('indicators') }} as i
    left join {{ ref('indicator_scope') }} as s on i.indicator_code = s.indicator_code and {{ covers('s', 'r') }}
    where r.is_unresolved and i.is_folded and i.dimension <> 'resource_allocation' and s.indicator_code is null
)

select
    c.census_year,
    c.county_code,
    c.indicator_code,
    c.school_id,
    c.school_name,
    c.school_type,
    c.urban_rural,
    c.run_by,
    c.is_boarding,
    c.year_built,
    c.counts_as_school,
    c.is_unresolved,
    c.counts_as_school or (c.is_unresolved and i.is_folded) as is_judged,
    c.has_primary,
    c.has_junior,
    c.missing_reason
from covered as c
inner join {{ ref('indicators') }} as i on c.indicator_code = i.indicator_code
