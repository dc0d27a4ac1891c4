-- Zoned enrolment of urban and town public schools without boarders, points counted with their school: pupils of each
-- stage who live in the zone, or entrants where the parameter says so. A school that the register does not list, or
-- whose place is unknown, stays in, missing.
with zones as (
    {{ rows_in_force('enrolment', 'enrolment_zones',
        ['school_id', 'school_stage'], ['pupils', 'pupils_in_zone', 'entrants', 'entrants_in_zone']) }}
),

schools as (
    select s.census_year, s.county_code, s.school_id, s.urban_rural, t.stage,
        {{ parameter('g13_entrants_only', 's.census_year') }} = 1 as is_entrants_only
    from {{ only_changed_counties(ref('int_scope_schools'), 's') }}
    inner join (values ('primary'), ('junior')) as t (stage)
        on (t.stage = 'primary' and s.has_primary) or (t.stage = 'junior' and s.has_junior)
    where s.indicator_code = 'G13' and (s.counts_as_school or s.is_unresolved)
        and coalesce(s.urban_rural, '') <> 'rural' and not coalesce(s.is_boarding, false)
),

lines as (
    select
        s.census_year, s.county_code, s.school_id, s.stage, s.urban_rural, m.member_school_id = s.school_id as is_own,
            z.row is not null as is_listed, coalesce(z.is_set_aside, false) as is_set_aside,
        case when s.is_entrants_only then z.entrants_in_zone else z.pupils_in_zone end as in_zone,
        case when s.is_entrants_only then z.entrants else z.pupils end as pupils
    from schools as s
    inner join {{ ref('int_school_members') }} as m
        on s.census_year = m.census_year and s.county_code = m.county_code and s.school_id = m.school_id
    left join zones as z
        on s.census_year = z.data_year and s.county_code = z.county_code and m.member_school_id = z.school_id
            and s.stage = z.school_stage
    where m.member_school_id = s.school_id or z.row is not null
),

summed as (
    select
        census_year, county_code, school_id, stage,
        any_value(urban_rural) as urban_rural,
        bool_or(is_own and is_listed) as is_listed,
        bool_or(is_set_aside) as is_set_aside,
        case when count(in_zone) = count(*) then sum(in_zone) end as in_zone,
        case when count(pupils) = count(*) then sum(pupils) end as pupils
    from lines
    group by census_year, county_code, school_id, stage
)

select
    z.census_year,
    z.county_code,
    z.school_id,
    z.stage,
    case when z.urban_rural is not null then z.in_zone end as numerator,
    z.pupils as denominator,
    -- How many pupils a school has whose line is missing: as the census counts them.
    coalesce(z.pupils, p.pupils, {{ parameter('largest_school', 'z.census_year') }}) as pupils_at_most,
    case
        when not z.is_listed then {{ row_reason('z.is_set_aside') }}
        when z.urban_rural is null then 'not_reported'
        when z.in_zone is null or z.pupils is null then {{ row_reason('z.is_set_aside') }}
    end as reason
from summed as z
left join {{ ref('int_school_pupils') }} as p
    on z.census_year = p.census_year and z.county_code = p.county_code and z.school_id = p.school_id
        and z.stage = p.stage
