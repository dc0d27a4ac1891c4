-- Music and art rooms of each school that are large enough, room by room, and how many there must be. Points and
-- campuses counted with their school.
with rooms as ({{ rows_in_force('rooms', 'room_register', ['school_id'], ['room_use', 'room_area_m2']) }}),

scope as (
    select * from {{ of_changed_counties(ref('int_scope_schools')) }}
),

class_sizes as (
    select * from {{ of_changed_counties(ref('int_class_sizes')) }}
),

-- The smallest own area of a room that counts: the standard's, or a concession that is switched on.
schools as (
    select
        s.census_year, s.county_code, s.school_id, p.part,
        p.threshold as area_m2,
        s.year_built, s.urban_rural, s.has_primary, s.missing_reason, n.classes, n.reason as classes_reason, n.largest_at_most
    from scope as s
    inner join {{ ref('int_county_standards') }} as v using (census_year, county_code)
    inner join {{ ref('standards') }} as p
        on v.standard_version = p.standard_version and p.indicator_code = 'G3'
        and s.census_year between p.valid_from_year and coalesce(p.valid_to_year, 9999)
    left join (
        select
            census_year, county_code, school_id, case when count(classes) = count(*) then sum(classes) end as classes,
            {{ first_reason('reason') }} as reason, max(largest_at_most) as largest_at_most
        from class_sizes
        group by census_year, county_code, school_id
    ) as n using (census_year, county_code, school_id)
    where s.indicator_code = 'G3' and s.counts_as_school
),

concessions as (
    select s.census_year, s.county_code, s.school_id, s.part, min(c.threshold) as area_m2
    from schools as s
    inner join {{ ref('concessions') }} as c
        on c.indicator_code = 'G3' and c.part = s.part
        and (c.stage = 'all' or c.stage = case when s.has_primary then 'primary' else 'junior' end)
        and (c.built_by_year is null or s.year_built <= c.built_by_year)
        and (c.rural_largest_class_under is null or (s.urban_rural = 'rural' and s.largest_at_most < c.rural_largest_class_under))
    where {{ parameter_by_name('c.parameter', 's.census_year') }} = 1
    group by s.census_year, s.county_code, s.school_id, s.part
),

eased as (
    select s.* exclude (area_m2), least(s.area_m2, c.area_m2) as area_m2
    from schools as s
    left join concessions as c using (census_year, county_code, school_id, part)
),

counted as (
    select
        e.census_year, e.county_code, e.school_id, e.part,
        count(*) filter (where r.room_use = e.part and r.room_area_m2 >= e.area_m2) as rooms,
        bool_or(coalesce(r.is_set_aside, false)) as is_set_aside,
        count(r.row) as rooms_registered
    from eased as e
    inner join {{ ref('int_school_members') }} as m
        on e.census_year = m.census_year and e.county_code = m.county_code and e.school_id = m.school_id
    left join rooms as r
        on e.census_year = r.data_year and e.county_code = r.county_code and m.member_school_id = r.school_id
    group by e.census_year, e.county_code, e.school_id, e.part
)

select
    e.census_year,
    e.county_code,
    e.school_id,
    e.part,
    e.area_m2,
    c.rooms,
    ceil(e.classes / {{ parameter('g3_classes_per_room', 'e.census_year') }}) as rooms_due,
    c.is_set_aside,
    c.rooms_registered,
    coalesce(e.missing_reason, e.classes_reason) as reason
from eased as e
inner join counted as c using (census_year, county_code, school_id, part)
