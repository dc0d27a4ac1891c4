-- Rooms, school sizes and class sizes (G3, G4, G5): one row per assessment, indicator, school, stage and part, with
-- numerator and denominator; where some of it is missing, why, and the bounds between which the figure lies.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
    where form = 'room_register'
),

rooms as (
    select
        a.assessment_year, a.county_code, 'G3' as indicator_code, r.school_id, 'all' as stage, r.part,
        case when f.data_year is not null then r.rooms end as numerator,
        r.rooms_due as denominator,
        case when f.data_year is not null and r.rooms_due > 0 then r.rooms_at_least / r.rooms_due end as low,
        case when f.data_year is not null
            and r.rooms_at_least is not null then r.rooms_at_most / nullif(coalesce(r.rooms_due, r.rooms_due_at_least),
            0) end as high,
        1.0 as standard, r.rooms_due is distinct from 0 as applies,
        case
            when r.rooms_due = 0 then 'zero_denominator'
            when r.school_reason is not null then r.school_reason
            when f.data_year is null then coalesce(f.reason, 'not_reported')
            else r.rooms_reason
        end as reason,
        f.data_year, f.file_name as evidence, '>= ' || cast(r.area_m2 as varchar) || ' m²' as how
    from {{ ref('int_rooms') }} as r
    inner join {{ ref('int_assessments') }} as a on r.census_year = a.census_year and r.county_code = a.county_code
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
),

sizes as (
    select
        s.census_year, s.county_code, s.school_id,
        case when s.has_primary and s.has_junior then 'combined' else 'single_stage' end as school_type_group,
        case when count(p.pupils) = count(*) then sum(p.pupils) end as pupils,
        sum(p.pupils_at_least) as pupils_at_least,
        coalesce(any_value(s.missing_reason), {{ first_reason('p.reason') }}) as reason,
        any_value(s.year_built) as year_built
    from {{ ref('int_scope_schools') }} as s
    left join {{ ref('int_school_pupils') }} as p
        on s.census_year = p.census_year and s.county_code = p.county_code and s.school_id = p.school_id
            and p.stage in ('primary', 'junior')
    where s.indicator_code = 'G4' and s.is_judged
    group by s.census_year, s.county_code, s.school_id, s.has_primary, s.has_junior
),

-- What share of a school's pupils are migrants; a stage without its figure leaves it open, and grants nothing.
migrants as (
    select census_year, county_code, school_id, case
        when count(migrant_pupils) = count(*) then 100.0 * sum(migrant_pupils) / nullif(sum(pupils), 0)
        end as migrant_percent
    from {{ ref('int_migrant_pupils') }}
    group by census_year, county_code, school_id
),

school_size as (
    select
        a.assessment_year, a.county_code, 'G4' as indicator_code, z.school_id, 'all' as stage, '' as part,
        z.pupils as numerator, cast(null as double) as denominator,
        case when z.pupils is null then z.pupils_at_least end as low, cast(null as double) as high,
        greatest(p.threshold, max(c.threshold)) as standard, true as applies,
        z.reason, a.census_year as data_year, cast(null as varchar) as evidence, z.school_type_group as how
    from sizes as z
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    inner join {{ ref('int_county_standards') }} as v using (census_year, county_code)
    inner join {{ ref('standards') }} as p
        on v.standard_version = p.standard_version and p.indicator_code = 'G4'
            and z.school_type_group = p.school_type_group
        and z.census_year between p.valid_from_year and coalesce(p.valid_to_year, 9999)
    left join migrants as m on z.census_year = m.census_year and z.county_code = m.county_code
        and z.school_id = m.school_id
    left join {{ ref('concessions') }} as c
        on c.indicator_code = 'G4' and c.school_type_group = z.school_type_group
        and (z.year_built <= c.built_by_year or {{ above('m.migrant_percent', 'c.migrant_percent_over') }})
        and {{ parameter_by_name('c.parameter', 'z.census_year') }} = 1
    group by a.assessment_year, a.county_code, z.school_id, z.pupils, z.pupils_at_least, p.threshold, z.reason,
        a.census_year, z.school_type_group
),

-- The largest class is known to be over the limit, known to be within it, or neither: by the roster, and by the census
-- alone.
class_limits as (
    select
        z.*, p.threshold,
        case when {{ above('z.largest_at_least', 'p.threshold') }} then 'fail'
            when {{ at_most('z.largest_at_most', 'p.threshold') }} then 'pass' end as verdict_by_roster,
        case when {{ above('z.bins_at_least', 'p.threshold') }} then 'fail'
            when {{ at_most('z.bins_at_most', 'p.threshold') }} then 'pass' end as verdict_by_bins,
        z.largest_in_roster is not null and (coalesce(z.largest_in_roster > z.bins_at_most, false)
            or (z.is_from_roster and coalesce(z.largest_at_most < z.bins_at_least, false))) as differs
    from {{ ref('int_class_sizes') }} as z
    inner join {{ ref('int_scope_schools') }} as s
        on z.census_year = s.census_year and z.county_code = s.county_code and z.school_id = s.school_id
            and s.indicator_code = 'G5'
    inner join {{ ref('int_county_standards') }} as v on z.census_year = v.census_year and z.county_code = v.county_code
    inner join {{ ref('standards') }} as p
        on v.standard_version = p.standard_version and p.indicator_code = 'G5' and z.stage = p.stage
        and z.census_year between p.valid_from_year and coalesce(p.valid_to_year, 9999)
    where s.is_judged
),

contradictions as (
    select *, coalesce(verdict_by_roster <> verdict_by_bins, false) as is_contradicted
    from class_limits
),

class_size as (
    select
        a.assessment_year, a.county_code, 'G5' as indicator_code, z.school_id, z.stage, '' as part,
        case when not z.is_contradicted then case z.verdict_by_roster when 'fail' then z.largest_at_least
            when 'pass' then z.largest_at_most end end as numerator,
        cast(null as double) as denominator, cast(null as double) as low, cast(null as double) as high,
            z.threshold as standard,
        z.classes is distinct from 0 as applies,
        case
            when z.classes = 0 then 'zero_denominator'
            when z.is_contradicted then 'contradicted'
            when z.verdict_by_roster is null then coalesce(z.reason, 'not_reported')
        end as reason,
        a.census_year as data_year, cast(null as varchar) as evidence,
        concat_ws(
            '; ',
            case when z.is_from_roster then 'class_roster' else 'census_bins' end,
            case
                when z.differs
                    then '班级名册最大班 ' || {{ plainly('z.largest_in_roster') }} || ' 人与普查班额分段 '
                        || coalesce({{ plainly('z.bins_at_least') }}, '…') || '–'
                        || coalesce({{ plainly('z.bins_at_most') }}, '…') || ' 不一致 the roster and the census differ'
            end
        ) as how
    from contradictions as z
    inner join {{ ref('int_assessments') }} as a on z.census_year = a.census_year and z.county_code = a.county_code
)

select
    assessment_year, county_code, indicator_code, school_id, stage, cast(null as integer) as grade,
        cast(null as varchar) as subject, part,
    numerator, denominator, low, high, standard, applies, reason, data_year, evidence, how
from (select * from rooms union all by name select * from school_size union all by name select * from class_size)
