-- Zones, senior places, migrant children, retention, children with disabilities (G13, G14, the ratio of G15, Q1, Q2): one
-- row per assessment, county, indicator, stage and part, with numerator and denominator, or why they are missing.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
),

county_enrolment as (
    select
        a.assessment_year, a.county_code, a.data_year, a.file_name,
        e.* exclude (data_year, county_code),
        coalesce(a.reason, case when e.is_set_aside then 'quarantined' end, 'not_reported') as missing_reason,
        {{ parameter('q1_formula', 'a.assessment_year - 1') }} as formula
    from forms as a
    left join {{ ref('int_enrolment_counties') }} as e on a.data_year = e.data_year and a.county_code = e.county_code
    where a.form = 'enrolment_county'
),

-- Three formulas of retention are in use; the parameter names the one applied, and the result carries its name.
retention as (
    select
        assessment_year, county_code, data_year, file_name, missing_reason,
        case formula when 1 then cohort_graduates - cohort_in + cohort_out else cohort_graduates end as numerator,
        case formula
            when 1 then cohort_entrants - cohort_deaths
            when 2 then cohort_entrants + cohort_in - cohort_out - cohort_deaths
            when 3 then greatest(cohort_entrants + cohort_in - cohort_out, cohort_graduates)
        end as denominator,
        case formula
            when 1 then 'a: (graduates - in + out) / (entrants - deaths)'
            when 2 then 'b: graduates / (entrants + in - out - deaths)'
            when 3 then 'c: graduates / (entrants + in - out), at most 100 %'
        end as how
    from county_enrolment
),

counties as (
    select
        assessment_year, county_code, 'Q1' as indicator_code, 'junior' as stage, numerator, denominator,
        case when denominator <= 0 then 'zero_denominator' when numerator is null or denominator is null then missing_reason end as reason,
        data_year, file_name, how
    from retention
    union all
    select
        assessment_year, county_code, 'Q2', 'all', disabled_in_special_schools + disabled_in_regular_classes + disabled_taught_at_home,
        disabled_children,
        case
            when disabled_children = 0 then 'zero_denominator'
            when disabled_in_special_schools + disabled_in_regular_classes + disabled_taught_at_home is null or disabled_children is null then missing_reason
        end,
        data_year, file_name, null
    from county_enrolment
    union all
    select
        assessment_year, county_code, 'G15', 'all', migrant_children_placed, migrant_children_eligible,
        case
            when migrant_children_eligible = 0 then 'zero_denominator'
            when migrant_children_placed is null or migrant_children_eligible is null then missing_reason
        end,
        data_year, file_name, null
    from county_enrolment
),

zones as (
    select
        f.assessment_year, f.county_code, 'G13' as indicator_code, '' as school_id, t.stage, 'ratio' as part,
        case when f.data_year is not null and count(z.numerator) = count(z.school_id) then sum(z.numerator) end as numerator,
        case when f.data_year is not null and count(z.denominator) = count(z.school_id) then sum(z.denominator) end as denominator,
        cast(null as double) as standard,
        count(z.school_id) > 0 or any_value(r.county_code) is null as applies,
        case
            when any_value(r.county_code) is null then 'not_delivered'
            when count(z.school_id) = 0 then 'zero_denominator'
            when f.data_year is null then f.reason
            else {{ first_reason("coalesce(z.reason, case when z.numerator is null or z.denominator is null then 'not_reported' end)") }}
        end as reason,
        f.data_year, f.file_name as evidence, cast(null as varchar) as how
    from forms as f
    cross join (values ('primary'), ('junior')) as t (stage)
    left join (select distinct census_year, county_code from {{ ref('int_school_roster') }}) as r
        on coalesce(f.data_year, f.assessment_year - 1) = r.census_year and f.county_code = r.county_code
    left join {{ ref('int_zones') }} as z
        on coalesce(f.data_year, f.assessment_year - 1) = z.census_year and f.county_code = z.county_code and t.stage = z.stage
    where f.form = 'enrolment_zones'
    group by f.assessment_year, f.county_code, t.stage, f.data_year, f.reason, f.file_name
),

senior_places as (
    select
        f.assessment_year, f.county_code, f.data_year, f.file_name, p.places, p.graduates, p.rural_places, p.rural_graduates, e.senior_places,
        case
            when f.data_year is null then f.reason
            when p.is_set_aside then 'quarantined'
            when p.places is null then 'not_reported'
        end as places_reason,
        e.missing_reason as plan_reason
    from forms as f
    left join {{ ref('int_places') }} as p on f.data_year = p.data_year and f.county_code = p.county_code
    left join county_enrolment as e on f.assessment_year = e.assessment_year and f.county_code = e.county_code
    where f.form = 'enrolment_places'
),

-- The tilt: rural schools' share of the places is not below their share of the graduates. No rural graduates, no tilt.
allocated as (
    select
        assessment_year, county_code, 'G14' as indicator_code, '' as school_id, 'all' as stage, 'ratio' as part,
        places as numerator, senior_places as denominator, cast(null as double) as standard, senior_places is distinct from 0 as applies,
        case
            when senior_places = 0 then 'zero_denominator'
            when places is null or senior_places is null then coalesce(places_reason, plan_reason)
        end as reason,
        data_year, file_name as evidence, cast(null as varchar) as how
    from senior_places
    union all
    select
        assessment_year, county_code, 'G14', '', 'all', 'rural_tilt', rural_places, places, rural_graduates / nullif(graduates, 0) * 100,
        rural_graduates is distinct from 0,
        case
            when rural_graduates = 0 then 'zero_denominator'
            when rural_places is null or rural_graduates is null or coalesce(places, 0) = 0 then coalesce(places_reason, 'not_reported')
        end,
        data_year, file_name, 'rural share of places against rural share of graduates'
    from senior_places
)

select
    assessment_year, county_code, indicator_code, '' as school_id, stage, cast(null as integer) as grade, cast(null as varchar) as subject, 'ratio' as part,
    numerator, denominator, cast(null as double) as standard, reason is distinct from 'zero_denominator' as applies, reason, data_year, file_name as evidence, how
from counties
union all
select
    assessment_year, county_code, indicator_code, school_id, stage, cast(null as integer) as grade, cast(null as varchar) as subject, part,
    numerator, denominator, standard, applies, reason, data_year, evidence, how
from zones
union all
select
    assessment_year, county_code, indicator_code, school_id, stage, cast(null as integer) as grade, cast(null as varchar) as subject, part,
    numerator, denominator, standard, applies, reason, data_year, evidence, how
from allocated
