-- Zoned enrolment of urban and town public schools without boarders, points counted with their school: pupils of
-- each stage who live in the zone, or entrants where the parameter says so. A school whose place is unknown stays in,
-- missing.
with zones as (
    {{ rows_in_force('enrolment', 'enrolment_zones', ['school_id', 'school_stage'], ['pupils', 'pupils_in_zone', 'entrants', 'entrants_in_zone']) }}
),

schools as (
    select s.census_year, s.county_code, s.school_id, s.urban_rural, t.stage, {{ parameter('g13_entrants_only', 's.census_year') }} = 1 as is_entrants_only
    from {{ ref('int_scope_schools') }} as s
    inner join (values ('primary'), ('junior')) as t (stage) on (t.stage = 'primary' and s.has_primary) or (t.stage = 'junior' and s.has_junior)
    where s.indicator_code = 'G13' and coalesce(s.urban_rural, '') <> 'rural' and not coalesce(s.is_boarding, false)
)

select
    s.census_year,
    s.county_code,
    s.school_id,
    s.stage,
    case when s.urban_rural is not null then case when s.is_entrants_only then z.entrants_in_zone else z.pupils_in_zone end end as numerator,
    case when s.is_entrants_only then z.entrants else z.pupils end as denominator,
    case when z.row is null or s.urban_rural is null then 'not_reported' when z.is_set_aside then 'quarantined' end as reason
from schools as s
left join zones as z
    on s.census_year = z.data_year and s.county_code = z.county_code and s.school_id = z.school_id and s.stage = z.school_stage
qualify row_number() over (partition by s.census_year, s.county_code, s.school_id, s.stage order by z.row) = 1
