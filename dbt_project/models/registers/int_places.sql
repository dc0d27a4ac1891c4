-- Places of quality senior highs allocated to a county's junior schools and their graduates, of which rural, as far as
-- known; and how many schools' figures are unknown.
with places as ({{ rows_in_force('enrolment', 'enrolment_places', ['school_id'], ['graduates', 'places_allocated']) }}),

covered as ({{ rows_in_scope('places', 'G14') }}),

absent as ({{ schools_absent('places', 'G14') }})

select
    p.data_year,
    p.county_code,
    coalesce(sum(p.places_allocated), 0) as places,
    coalesce(sum(p.graduates), 0) as graduates,
    coalesce(sum(p.places_allocated) filter (where r.urban_rural = 'rural'), 0) as rural_places,
    coalesce(sum(p.graduates) filter (where r.urban_rural = 'rural'), 0) as rural_graduates,
    count(*) - count(p.places_allocated) + max(coalesce(a.schools_absent, 0)) as schools_unknown,
    count(*) filter (where p.places_allocated is null or p.graduates is null
        or r.urban_rural is null) + max(coalesce(a.schools_absent, 0)) as schools_unknown_for_tilt,
    bool_or(p.is_set_aside) as is_set_aside
from covered as p
left join {{ ref('int_school_roster') }} as r
    on p.data_year = r.census_year and p.county_code = r.county_code and p.school_id = r.school_id
left join absent as a on p.data_year = a.data_year and p.county_code = a.county_code
group by p.data_year, p.county_code
