-- Rooms, school sizes and class sizes (G3, G4, G5): one row per assessment, indicator, school, stage and part, with
-- numerator and denominator, or why they are missing.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
),

rooms as (
    select
        a.assessment_year, a.county_code, 'G3' as indicator_code, r.school_id, 'all' as stage, r.part,
        case when f.data_year is not null and not r.is_set_aside and r.rooms_registered > 0 then r.rooms end as numerator,
        r.rooms_due as denominator, 1.0 as standard, r.rooms_due is distinct from 0 as applies,
        case
            when r.reason is not null then r.reason
            when f.data_year is null then f.reason
            when r.is_set_aside then 'quarantined'
            when r.rooms_due = 0 then 'zero_denominator'
            when r.rooms_registered = 0 then 'not_reported'
        end as reason,
        f.data_year, f.file_name as evidence, '>= ' || cast(r.area_m2 as varchar) || ' m²' as how
    from {{ ref('int_rooms') }} as r
    inner join {{ ref('int_assessments') }} as a on r.census_year = a.census_year and r.county_code = a.county_code
    inner join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code and f.form = 'room_register'
),

sizes as (
    select
        s.census_year, s.county_code, s.school_id,
        case when s.has_primary and s.has_junior then 'combined' else 'single_stage' end as school_type_group,
        case when count(p.pupils) = count(*) then sum(p.pupils) end as pupils,
        coalesce(any_value(s.missing_reason), {{ first_reason('p.reason') }}) as reason,
        any_value(s.year_built) as year_built
    from {{ ref('int_scope_schools') }} as s
    left join {{ ref('int_school_pupils') }} as p
        on s.census_year = p.census_year and s.county_code = p.county_code and s.school_id = p.school_id and p.stage in ('primary', 'junior')
    where s.indicator_code = 'G4' and s.counts_as_school
    group by s.census_year, s.county_code, s.school_id, s.has_primary, s.has_junior
),

-- What share of a school's pupils are migrants; a stage without its figure leaves it open, and grants nothing.
migrants as (
    select census_year, county_code, school_id, case when count(migrant_pupils) = count(*) then 100.0 * sum(migrant_pupils) / nullif(sum(pupils), 0) end as migrant_percent
    from {{ ref('int_migrant_pupils') }}
    group by census_year, county_code, school_id
),

school_size as (
    select
        a.assessment_year, a.county_code, 'G4' as indicator_code, z.school_id, 'all' as stage, '' as part,
        z.pupils as numerator, cast(null as double) as denominator,
        greatest(p.threshold, max(c.threshold)) as standard, true as applies,
        z.reason, a.census_year as data_year, cast(null as varchar) as evidence, z.school_type_group as how
    from sizes as z
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    inner join {{ ref('int_county_standards') }} as v using (census_year, county_code)
    inner join {{ ref('standards') }} as p
        on v.standard_version = p.standard_version and p.indicator_code = 'G4' and z.school_type_group = p.school_type_group
        and z.census_year between p.valid_from_year and coalesce(p.valid_to_year, 9999)
    left join migrants as m on z.census_year = m.census_year and z.county_code = m.county_code and z.school_id = m.school_id
    left join {{ ref('concessions') }} as c
        on c.indicator_code = 'G4' and c.school_type_group = z.school_type_group
        and (z.year_built <= c.built_by_year or m.migrant_percent > c.migrant_percent_over)
        and {{ parameter_by_name('c.parameter', 'z.census_year') }} = 1
    group by a.assessment_year, a.county_code, z.school_id, z.pupils, p.threshold, z.reason, a.census_year, z.school_type_group
),

-- The largest class is known to be over the limit, known to be within it, or neither.
class_limits as (
    select
        z.*, p.threshold,
        case
            when z.largest_at_least > p.threshold then z.largest_at_least
            when z.largest_at_most <= p.threshold then z.largest_at_most
        end as largest_class
    from {{ ref('int_class_sizes') }} as z
    inner join {{ ref('int_scope_schools') }} as s
        on z.census_year = s.census_year and z.county_code = s.county_code and z.school_id = s.school_id and s.indicator_code = 'G5'
    inner join {{ ref('int_county_standards') }} as v on z.census_year = v.census_year and z.county_code = v.county_code
    inner join {{ ref('standards') }} as p
        on v.standard_version = p.standard_version and p.indicator_code = 'G5' and z.stage = p.stage
        and z.census_year between p.valid_from_year and coalesce(p.valid_to_year, 9999)
    where s.counts_as_school and z.classes is distinct from 0
),

class_size as (
    select
        a.assessment_year, a.county_code, 'G5' as indicator_code, z.school_id, z.stage, '' as part,
        z.largest_class as numerator, cast(null as double) as denominator, z.threshold as standard, true as applies,
        case when z.largest_class is null then coalesce(z.reason, 'not_reported') end as reason,
        a.census_year as data_year, cast(null as varchar) as evidence,
        case when z.is_from_roster then 'class_roster' else 'census_bins' end as how
    from class_limits as z
    inner join {{ ref('int_assessments') }} as a on z.census_year = a.census_year and z.county_code = a.county_code
)

select
    assessment_year, county_code, indicator_code, school_id, stage, cast(null as integer) as grade, cast(null as varchar) as subject, part,
    numerator, denominator, standard, applies, reason, data_year, evidence, how
from rooms
union all
select
    assessment_year, county_code, indicator_code, school_id, stage, cast(null as integer) as grade, cast(null as varchar) as subject, part,
    numerator, denominator, standard, applies, reason, data_year, evidence, how
from school_size
union all
select
    assessment_year, county_code, indicator_code, school_id, stage, cast(null as integer) as grade, cast(null as varchar) as subject, part,
    numerator, denominator, standard, applies, reason, data_year, evidence, how
from class_size
