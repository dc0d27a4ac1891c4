-- G4 School size: pupils of the compulsory stages, at most 2000 in a school of one stage and 2500 in a combined one;
-- more where a concession is switched on. One row per school.
with sizes as (
    select
        s.census_year,
        s.county_code,
        s.school_id,
        case when s.has_primary and s.has_junior then 'combined' else 'single_stage' end as school_type_group,
        case when count(p.pupils) = count(*) then sum(p.pupils) end as pupils,
        sum(p.pupils_at_least) as pupils_at_least,
        coalesce(any_value(s.missing_reason), {{ most_severe_reason('p.reason') }}) as reason,
        any_value(s.year_built) as year_built
    from {{ only_changed_counties(ref('int_scope_schools'), 's') }}
    left join {{ ref('int_school_pupils') }} as p
        on s.census_year = p.census_year and s.county_code = p.county_code and s.school_id = p.school_id
        and p.stage in ('primary', 'junior')
    where s.indicator_code = 'G4' and s.is_judged
    group by s.census_year, s.county_code, s.school_id, s.has_primary, s.has_junior
),

-- What share of a school's pupils are migrants; a stage without its figure leaves it open, and grants nothing.
migrants as (
    select
        census_year,
        county_code,
        school_id,
        case
            when count(migrant_pupils) = count(*) then 100.0 * sum(migrant_pupils) / nullif(sum(pupils), 0)
        end as migrant_percent
    from {{ only_changed_counties(ref('int_migrant_pupils')) }}
    group by census_year, county_code, school_id
),

-- Concessions, with the years in which they are switched on.
concessions as (
    select c.school_type_group, c.built_by_year, c.migrant_percent_over, c.threshold, p.valid_from_year, p.valid_to_year
    from {{ ref('concessions') }} as c
    inner join {{ ref('parameters') }} as p on c.parameter = p.parameter and p.value = 1
    where c.indicator_code = 'G4'
)

select
    a.assessment_year,
    a.county_code,
    'G4' as indicator_code,
    z.school_id,
    z.pupils as numerator,
    case when z.pupils is null then z.pupils_at_least end as low,
    greatest(p.threshold, max(c.threshold)) as standard,
    z.reason,
    a.census_year as data_year,
    z.school_type_group as how
from sizes as z
inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
inner join {{ ref('int_county_standards') }} as v using (census_year, county_code)
inner join {{ ref('standards') }} as p
    on v.standard_version = p.standard_version and p.indicator_code = 'G4'
    and z.school_type_group = p.school_type_group and {{ in_force('p', 'z.census_year') }}
left join migrants as m
    on z.census_year = m.census_year and z.county_code = m.county_code and z.school_id = m.school_id
left join concessions as c
    on z.school_type_group = c.school_type_group and {{ in_force('c', 'z.census_year') }}
    and (z.year_built <= c.built_by_year or {{ above('m.migrant_percent', 'c.migrant_percent_over') }})
group by
    a.assessment_year, a.county_code, z.school_id, z.pupils, z.pupils_at_least, p.threshold, z.reason, a.census_year,
    z.school_type_group
