-- G14 Senior-high places: those allocated to junior schools, of all places of quality senior schools, at least 50 %;
-- and the tilt (`part`): rural schools' share of the places is not below their share of the graduates.
with assessments as ({{ assessments_with('enrolment_places') }}),

plans as (
    select
        a.assessment_year,
        a.county_code,
        e.senior_places,
        coalesce(a.form_reason, {{ row_reason('e.is_set_aside') }}) as missing_reason
    from ({{ assessments_with('enrolment_county') }}) as a
    left join {{ ref('int_enrolment_counties') }} as e on a.data_year = e.data_year and a.county_code = e.county_code
),

places as (
    select
        a.*,
        p.places,
        p.graduates,
        p.rural_places,
        p.rural_graduates,
        p.schools_unknown,
        p.schools_unknown_for_tilt,
        n.senior_places,
        coalesce(a.form_reason, {{ row_reason('p.is_set_aside') }}) as places_reason,
        n.missing_reason as plan_reason
    from assessments as a
    left join {{ ref('int_places') }} as p on a.data_year = p.data_year and a.county_code = p.county_code
    left join plans as n on a.assessment_year = n.assessment_year and a.county_code = n.county_code
),

allocated as (
    select
        assessment_year,
        county_code,
        'ratio' as part,
        case when schools_unknown = 0 then places end as numerator,
        senior_places as denominator,
        case when schools_unknown > 0 and senior_places > 0 then places / senior_places end as low,
        case
            when senior_places = 0 then 'zero_denominator'
            when places is null or schools_unknown > 0 then places_reason
            when senior_places is null then plan_reason
        end as reason,
        data_year,
        file_name as evidence
    from places
),

tilt as (
    select
        assessment_year,
        county_code,
        'rural_tilt' as part,
        case when schools_unknown_for_tilt = 0 then rural_places end as numerator,
        case when schools_unknown_for_tilt = 0 then places end as denominator,
        case when schools_unknown_for_tilt = 0 then rural_graduates / nullif(graduates, 0) * 100 end as standard,
        case
            when places is null or schools_unknown_for_tilt > 0 then places_reason
            when places = 0 or graduates = 0 then 'zero_denominator'
        end as reason,
        data_year,
        file_name as evidence,
        'rural share of places against rural share of graduates' as how
    from places
)

select *, 'G14' as indicator_code
from (select * from allocated union all by name select * from tilt)
