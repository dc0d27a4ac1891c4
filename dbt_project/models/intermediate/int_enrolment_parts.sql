-- Zones, senior places, migrant children, retention, children with disabilities (G13, G14, the ratio of G15, Q1, Q2):
-- one row per assessment, county, indicator, stage and part, with numerator and denominator; where some of it is
-- missing, why, and the bounds between which the ratio lies.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
    where form in ('enrolment_county', 'enrolment_zones', 'enrolment_places')
),

county_enrolment as (
    select
        a.assessment_year, a.county_code, f.data_year, f.file_name,
        e.* exclude (data_year, county_code),
        coalesce(f.reason, case when e.is_set_aside then 'quarantined' end, 'not_reported') as missing_reason,
        {{ parameter('q1_formula', 'a.assessment_year - 1') }} as formula
    from {{ ref('int_assessments') }} as a
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form = 'enrolment_county'
    left join {{ ref('int_enrolment_counties') }} as e on f.data_year = e.data_year and f.county_code = e.county_code
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
        end as how,
        -- The least it can be where nobody told how many left or died: as if none had.
        case formula
            when 1 then (cohort_graduates - cohort_in + coalesce(cohort_out, 0)) / nullif(cohort_entrants, 0)
            when 2 then cohort_graduates / nullif(cohort_entrants + cohort_in - coalesce(cohort_out,
                0) - coalesce(cohort_deaths, 0), 0)
            when 3 then cohort_graduates / nullif(greatest(cohort_entrants + cohort_in - coalesce(cohort_out, 0),
                cohort_graduates), 0)
        end as least
    from county_enrolment
),

counties as (
    select
        assessment_year, county_code, 'Q1' as indicator_code, 'junior' as stage, numerator, denominator,
        case when numerator is null or denominator is null then least end as low, cast(null as double) as high,
        missing_reason, data_year, file_name, how
    from retention
    union all
    -- Those enrolled in any of three ways: the ways that are known bound the sum from below.
    select
        assessment_year, county_code, 'Q2', 'all',
            disabled_in_special_schools + disabled_in_regular_classes + disabled_taught_at_home,
        disabled_children,
        case when disabled_in_special_schools + disabled_in_regular_classes + disabled_taught_at_home is null
            and disabled_children > 0
            then (coalesce(disabled_in_special_schools, 0) + coalesce(disabled_in_regular_classes,
                0) + coalesce(disabled_taught_at_home, 0)) / disabled_children end,
        null,
        missing_reason, data_year, file_name, null
    from county_enrolment
    union all
    select
        assessment_year, county_code, 'G15', 'all', migrant_children_placed, migrant_children_eligible, null, null,
        missing_reason, data_year, file_name, null
    from county_enrolment
),

ratios as (
    select
        q.assessment_year, q.county_code, q.indicator_code, q.stage, 'ratio' as part, q.numerator, q.denominator, q.low,
            q.high, cast(null as double) as standard,
        -- A reported 0 nearly always means that nobody filled it in: only an attestation says that there is nobody.
        coalesce(q.denominator, 0) <> 0 or n.county_code is null as applies,
        case
            when n.county_code is not null and coalesce(q.denominator, 0) = 0 then 'attested_none'
            when q.denominator = 0 then 'zero_denominator'
            when q.numerator is null or q.denominator is null then q.missing_reason
        end as reason,
        q.data_year, coalesce(q.file_name, n.evidence) as evidence, q.how
    from counties as q
    left join {{ ref('int_attested_none') }} as n
        on q.assessment_year = n.assessment_year and q.county_code = n.county_code
            and q.indicator_code = n.indicator_code
),

zoned as (
    select
        a.assessment_year, a.county_code, t.stage, f.data_year, f.file_name,
            coalesce(f.reason, 'not_reported') as form_reason,
        any_value(r.county_code) is not null as is_census_known,
        any_value(u.reason) as unplaced_reason,
        count(z.school_id) as schools,
        count(*) filter (where z.school_id is not null
            and (z.numerator is null or z.denominator is null)) as schools_unknown,
        {{ first_reason('z.reason') }} as reason,
        sum(z.numerator) filter (where z.denominator is not null) as in_zone,
        sum(z.denominator) filter (where z.numerator is not null) as pupils,
        sum(z.pupils_at_most) filter (where z.numerator is null or z.denominator is null) as pupils_unknown
    from {{ ref('int_assessments') }} as a
    cross join (values ('primary'), ('junior')) as t (stage)
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form = 'enrolment_zones'
    left join (select distinct census_year, county_code from {{ ref('int_school_roster') }}) as r
        on coalesce(f.data_year, a.census_year) = r.census_year and a.county_code = r.county_code
    left join {{ ref('int_unplaced_schools') }} as u
        on coalesce(f.data_year, a.census_year) = u.census_year and a.county_code = u.county_code
    left join {{ ref('int_zones') }} as z
        on coalesce(f.data_year, a.census_year) = z.census_year and a.county_code = z.county_code and t.stage = z.stage
    group by a.assessment_year, a.county_code, t.stage, f.data_year, f.file_name, f.reason
),

zones as (
    select
        assessment_year, county_code, 'G13' as indicator_code, stage, 'ratio' as part,
        case when data_year is not null and schools_unknown = 0 then in_zone end as numerator,
        case when data_year is not null and schools_unknown = 0 then pupils end as denominator,
        case when data_year is not null and schools_unknown > 0 then coalesce(in_zone,
            0) / nullif(coalesce(pupils, 0) + pupils_unknown, 0) end as low,
        case when data_year is not null and schools_unknown > 0 then (coalesce(in_zone,
            0) + pupils_unknown) / nullif(coalesce(pupils, 0) + pupils_unknown, 0) end as high,
        cast(null as double) as standard,
        schools > 0 or not is_census_known or unplaced_reason is not null as applies,
        case
            when not is_census_known then 'not_delivered'
            when schools = 0 then coalesce(unplaced_reason, 'no_school_in_scope')
            when data_year is null then form_reason
            when schools_unknown > 0 then coalesce(reason, 'not_reported')
            when pupils = 0 then 'zero_denominator'
        end as reason,
        data_year, file_name as evidence, cast(null as varchar) as how
    from zoned
),

senior_places as (
    select
        a.assessment_year, a.county_code, f.data_year, f.file_name,
        p.places, p.graduates, p.rural_places, p.rural_graduates, p.schools_unknown, p.schools_unknown_for_tilt,
            e.senior_places,
        case
            when f.data_year is null then coalesce(f.reason, 'not_reported')
            when p.is_set_aside then 'quarantined'
            else 'not_reported'
        end as places_reason,
        e.missing_reason as plan_reason
    from {{ ref('int_assessments') }} as a
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form = 'enrolment_places'
    left join {{ ref('int_places') }} as p on f.data_year = p.data_year and f.county_code = p.county_code
    left join county_enrolment as e on a.assessment_year = e.assessment_year and a.county_code = e.county_code
),

-- The tilt: rural schools' share of the places is not below their share of the graduates.
allocated as (
    select
        assessment_year, county_code, 'G14' as indicator_code, 'all' as stage, 'ratio' as part,
        case when schools_unknown = 0 then places end as numerator, senior_places as denominator,
        case when schools_unknown > 0 and senior_places > 0 then places / senior_places end as low,
            cast(null as double) as high,
        cast(null as double) as standard, true as applies,
        case
            when senior_places = 0 then 'zero_denominator'
            when places is null or schools_unknown > 0 then places_reason
            when senior_places is null then plan_reason
        end as reason,
        data_year, file_name as evidence, cast(null as varchar) as how
    from senior_places
    union all
    select
        assessment_year, county_code, 'G14', 'all', 'rural_tilt',
        case when schools_unknown_for_tilt = 0 then rural_places end, case
            when schools_unknown_for_tilt = 0 then places end, null, null,
        case when schools_unknown_for_tilt = 0 then rural_graduates / nullif(graduates, 0) * 100 end, true,
        case
            when places is null or schools_unknown_for_tilt > 0 then places_reason
            when places = 0 or graduates = 0 then 'zero_denominator'
        end,
        data_year, file_name, 'rural share of places against rural share of graduates'
    from senior_places
)

select
    assessment_year, county_code, indicator_code, '' as school_id, stage, cast(null as integer) as grade,
        cast(null as varchar) as subject, part,
    numerator, denominator, low, high, standard, applies, reason, data_year, evidence, how
from (select * from ratios union all by name select * from zones union all by name select * from allocated)
