-- Migrant pupils of each stage, beside the pupils that the same register counts: one row per school and stage it
-- covers.
with zones as (
    {{ rows_in_force('enrolment', 'enrolment_zones', ['school_id', 'school_stage'], ['pupils', 'migrant_pupils']) }}
),

schools as (
    select s.census_year, s.county_code, s.school_id, t.stage
    from {{ only_changed_counties(ref('int_scope_schools'), 's') }}
    inner join (values ('primary'), ('junior')) as t (stage)
        on (t.stage = 'primary' and s.has_primary) or (t.stage = 'junior' and s.has_junior)
    where s.indicator_code = 'G4' and s.counts_as_school
)

select
    s.census_year, s.county_code, s.school_id, s.stage, z.pupils,
    case when z.pupils is not null then z.migrant_pupils end as migrant_pupils
from schools as s
left join zones as z
    on s.census_year = z.data_year and s.county_code = z.county_code and s.school_id = z.school_id
        and s.stage = z.school_stage
qualify row_number() over (partition by s.census_year, s.county_code, s.school_id, s.stage order by z.row) = 1
