-- Places of quality senior highs allocated to a county's junior schools and their graduates, of which rural.
with places as ({{ rows_in_force('enrolment', 'enrolment_places', ['school_id'], ['graduates', 'places_allocated']) }})

select
    p.data_year,
    p.county_code,
    case when count(p.places_allocated) = count(*) then sum(p.places_allocated) end as places,
    case when count(p.graduates) = count(*) then sum(p.graduates) end as graduates,
    case when not bool_or(r.urban_rural is null) then sum(case when r.urban_rural = 'rural' then p.places_allocated else 0 end) end as rural_places,
    case when not bool_or(r.urban_rural is null) then sum(case when r.urban_rural = 'rural' then p.graduates else 0 end) end as rural_graduates,
    bool_or(p.is_set_aside) as is_set_aside
from places as p
left join {{ ref('int_school_roster') }} as r
    on p.data_year = r.census_year and p.county_code = r.county_code and p.school_id = r.school_id
group by p.data_year, p.county_code
