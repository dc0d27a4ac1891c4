-- G13 Nearby enrolment: pupils of public, non-boarding schools in towns and cities who live in the school's zone, of
-- all: 100 % in primary, 95 % in junior stages. One row per county and stage.
with assessments as ({{ assessments_with('enrolment_zones') }}),

zoned as (
    select
        a.assessment_year,
        a.county_code,
        t.stage,
        a.data_year,
        a.file_name,
        a.form_reason,
        any_value(r.county_code) is not null as is_census_known,
        any_value(u.reason) as unplaced_reason,
        count(z.school_id) as schools,
        count(*) filter (
            where z.school_id is not null and (z.numerator is null or z.denominator is null)
        ) as schools_unknown,
        {{ most_severe_reason('z.reason') }} as reason,
        sum(z.numerator) filter (where z.denominator is not null) as in_zone,
        sum(z.denominator) filter (where z.numerator is not null) as pupils,
        sum(z.pupils_at_most) filter (where z.numerator is null or z.denominator is null) as pupils_unknown
    from assessments as a
    cross join (values ('primary'), ('junior')) as t (stage)
    left join (select distinct census_year, county_code from {{ ref('int_school_roster') }}) as r
        on coalesce(a.data_year, a.census_year) = r.census_year and a.county_code = r.county_code
    left join {{ ref('int_unplaced_schools') }} as u
        on coalesce(a.data_year, a.census_year) = u.census_year and a.county_code = u.county_code
    left join {{ ref('int_zones') }} as z
        on coalesce(a.data_year, a.census_year) = z.census_year and a.county_code = z.county_code and t.stage = z.stage
    group by a.assessment_year, a.county_code, t.stage, a.data_year, a.file_name, a.form_reason
),

bounded as (
    select
        *,
        data_year is not null and schools_unknown = 0 as is_whole,
        data_year is not null and schools_unknown > 0 as is_bounded,
        coalesce(in_zone, 0) as in_zone_at_least,
        nullif(coalesce(pupils, 0) + pupils_unknown, 0) as pupils_at_most
    from zoned
)

select
    assessment_year,
    county_code,
    'G13' as indicator_code,
    stage,
    'ratio' as part,
    case when is_whole then in_zone end as numerator,
    case when is_whole then pupils end as denominator,
    case when is_bounded then in_zone_at_least / pupils_at_most end as low,
    case when is_bounded then (in_zone_at_least + pupils_unknown) / pupils_at_most end as high,
    schools > 0 or not is_census_known or unplaced_reason is not null as applies,
    case
        when not is_census_known then 'not_delivered'
        when schools = 0 then coalesce(unplaced_reason, 'no_school_in_scope')
        when data_year is null then form_reason
        when schools_unknown > 0 then coalesce(reason, 'not_reported')
        when pupils = 0 then 'zero_denominator'
    end as reason,
    data_year,
    file_name as evidence
from bounded
