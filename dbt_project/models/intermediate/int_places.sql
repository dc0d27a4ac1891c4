-- Places of quality senior highs allocated to a county's junior schools and their graduates, of which rural; nothing
-- where a junior school is not in the list.
with places as ({{ rows_in_force('enrolment', 'enrolment_places', ['school_id'], ['graduates', 'places_allocated']) }}),

absent as ({{ schools_absent('places', 'G14') }})

select
    p.data_year,
    p.county_code,
    case when count(p.places_allocated) = count(*) and max(coalesce(a.schools_absent, 0)) = 0 then sum(p.places_allocated) end as places,
    case when count(p.graduates) = count(*) and max(coalesce(a.schools_absent, 0)) = 0 then sum(p.graduates) end as graduates,
    case when not bool_or(r.urban_rural is null) then sum(case when r.urban_rural = 'rural' then p.places_allocated else 0 end) end as rural_places,
    case when not bool_or(r.urban_rural is null) then sum(case when r.urban_rural = 'rural' then p.graduates else 0 end) end as rural_graduates,
    bool_or(p.is_set_aside) as is_set_aside
from places as p
left join {{ ref('int_school_roster') }} as r
    on p.data_year = r.census_year and p.county_code = r.county_code and p.school_id = r.school_id
left join absent as a on p.data_year = a.data_year and p.county_code = a.county_code
group by p.data_year, p.county_code
