-- G14 Senior-high places: those allocated to junior schools, of all places of quality senior schools, at least 50 %;
-- and the tilt (`part`): rural schools' share of the places is not below their share of the graduates.
with plans as ({{ assessments_with_line('enrolment_county', 'int_enrolment_counties') }}),

places as (
    select p.*, n.senior_places, n.missing_reason as plan_reason
    from ({{ assessments_with_line('enrolment_places', 'int_places') }}) as p
    inner join plans as n using (assessment_year, county_code)
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
            when places is null or schools_unknown > 0 then missing_reason
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
            when places is null or schools_unknown_for_tilt > 0 then missing_reason
            when places = 0 or graduates = 0 then 'zero_denominator'
        end as reason,
        data_year,
        file_name as evidence,
        'rural share of places against rural share of graduates' as how
    from places
)

select *, 'G14' as indicator_code
from (select * from allocated union all by name select * from tilt)
