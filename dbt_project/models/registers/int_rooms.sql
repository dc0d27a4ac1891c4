-- Music and art rooms of each school that are large enough, room by room, and how many there must be. Points and
-- campuses counted with their school. Absent is not 0: a school has rooms as the register lists them (a line of use
-- 'none' says that there are none); one that it does not list, or whose lines were all set aside, has no data. Lines
-- that were set aside, and those of no known school, may hold rooms.
with rooms as (
    select * from {{ only_changed_counties(ref('int_room_register')) }}
),

scope as (
    select * from {{ only_changed_counties(ref('int_scope_schools')) }}
),

class_sizes as (
    select * from {{ only_changed_counties(ref('int_class_sizes')) }}
),

-- The smallest own area of a room that counts: the standard's, or a concession that is switched on.
schools as (
    select
        s.census_year, s.county_code, s.school_id, p.part,
        p.threshold as area_m2,
        s.year_built, s.urban_rural, s.has_primary, s.missing_reason, n.classes, n.classes_at_least,
            n.reason as classes_reason, n.largest_at_most
    from scope as s
    inner join {{ ref('int_county_standards') }} as v using (census_year, county_code)
    inner join {{ ref('standards') }} as p
        on v.standard_version = p.standard_version and p.indicator_code = 'G3'
        and {{ in_force('p', 's.census_year') }}
    left join (
        select
            census_year, county_code, school_id, case when count(classes) = count(*) then sum(classes) end as classes,
            sum(classes_at_least) as classes_at_least, {{ most_severe_reason('reason') }} as reason,
                max(largest_at_most) as largest_at_most
        from class_sizes
        group by census_year, county_code, school_id
    ) as n using (census_year, county_code, school_id)
    where s.indicator_code = 'G3' and s.is_judged
),

concessions as (
    select s.census_year, s.county_code, s.school_id, s.part, min(c.threshold) as area_m2
    from schools as s
    inner join {{ ref('concessions') }} as c
        on c.indicator_code = 'G3' and c.part = s.part
        and (c.stage = 'all' or c.stage = case when s.has_primary then 'primary' else 'junior' end)
        and (c.built_by_year is null or s.year_built <= c.built_by_year)
        and (c.rural_largest_class_under is null
            or (s.urban_rural = 'rural' and s.largest_at_most < c.rural_largest_class_under))
    where {{ parameter_by_name('c.parameter', 's.census_year') }} = 1
    group by s.census_year, s.county_code, s.school_id, s.part
),

eased as (
    select s.* exclude (area_m2), least(s.area_m2, c.area_m2) as area_m2
    from schools as s
    left join concessions as c using (census_year, county_code, school_id, part)
),

-- By school or point and kind of room: those that count, those that may.
listed as (
    select
        e.census_year, e.county_code, e.school_id, e.part, m.member_school_id,
        coalesce(sum(r.rooms) filter (where not r.is_row_set_aside and r.room_use = e.part
            and {{ at_least('r.room_area_m2', 'e.area_m2') }}), 0) as rooms,
        coalesce(sum(r.rooms) filter (where r.is_row_set_aside or r.room_use is null
            or (r.room_use = e.part and r.room_area_m2 is null)), 0) as rooms_unreadable,
        coalesce(bool_or(not r.is_row_set_aside), false) as is_listed,
        coalesce(bool_or(r.is_set_aside), false) as is_set_aside
    from eased as e
    inner join {{ ref('int_school_members') }} as m
        on e.census_year = m.census_year and e.county_code = m.county_code and e.school_id = m.school_id
    left join rooms as r
        on e.census_year = r.census_year and e.county_code = r.county_code and m.member_school_id = r.school_id
    group by e.census_year, e.county_code, e.school_id, e.part, m.member_school_id
),

-- Lines of which nobody knows the school.
unplaced as (
    select census_year, county_code, sum(rooms) as lines
    from rooms
    where is_row_set_aside and not {{ is_school_id('school_id') }}
    group by census_year, county_code
),

counted as (
    select
        l.census_year, l.county_code, l.school_id, l.part,
        sum(l.rooms) as rooms,
        sum(l.rooms_unreadable) + coalesce(any_value(u.lines), 0) as rooms_unreadable,
        bool_or(l.is_listed and l.member_school_id = l.school_id) as is_listed,
        bool_and(l.is_listed) as is_wholly_listed,
        bool_or(l.is_set_aside) or any_value(u.lines) is not null as is_set_aside
    from listed as l
    left join unplaced as u on l.census_year = u.census_year and l.county_code = u.county_code
    group by l.census_year, l.county_code, l.school_id, l.part
)

select
    e.census_year,
    e.county_code,
    e.school_id,
    e.part,
    e.area_m2,
    case when c.is_wholly_listed and c.rooms_unreadable = 0 then c.rooms end as rooms,
    case when c.is_listed then c.rooms end as rooms_at_least,
    case when c.is_wholly_listed then c.rooms + c.rooms_unreadable end as rooms_at_most,
    {{ rounded_up('e.classes / ' ~ parameter('g3_classes_per_room', 'e.census_year')) }} as rooms_due,
    {{ rounded_up('e.classes_at_least / ' ~ parameter('g3_classes_per_room', 'e.census_year')) }} as rooms_due_at_least,
    coalesce(e.missing_reason, e.classes_reason) as school_reason,
    case when c.rooms_unreadable > 0 or not c.is_wholly_listed then {{ row_reason('c.is_set_aside') }} end
        as rooms_reason
from eased as e
inner join counted as c using (census_year, county_code, school_id, part)
