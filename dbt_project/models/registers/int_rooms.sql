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

-- By school or point that the register names, and kind of room: those that count, those that may.
listed as (
    select
        e.census_year, e.county_code, e.school_id, e.part, m.member_school_id,
        coalesce(sum(r.rooms) filter (where not r.is_row_set_aside and r.room_use = e.part
            and {{ at_least('r.room_area_m2', 'e.area_m2') }}), 0) as rooms,
        coalesce(sum(r.rooms) filter (where r.is_row_set_aside or r.room_use is null
            or (r.room_use = e.part and r.room_area_m2 is null)), 0) as rooms_unreadable,
        bool_or(not r.is_row_set_aside) as is_listed,
        bool_or(r.is_set_aside) as is_set_aside
    from eased as e
    inner join {{ ref('int_school_members') }} as m
        on e.census_year = m.census_year and e.county_code = m.county_code and e.school_id = m.school_id
    inner join rooms as r
        on e.census_year = r.census_year and e.county_code = r.county_code and m.member_school_id = r.school_id
    group by e.census_year, e.county_code, e.school_id, e.part, m.member_school_id
),

members as (
    select census_year, county_code, school_id, count(*) as members
    from {{ ref('int_school_members') }}
    semi join listed using (census_year, county_code, school_id)
    group by census_year, county_code, school_id
),

of_schools as (
    select
        l.census_year, l.county_code, l.school_id, l.part,
        sum(l.rooms) as rooms,
        sum(l.rooms_unreadable) as rooms_unreadable,
        bool_or(l.is_listed and l.member_school_id = l.school_id) as is_listed,
        count(*) filter (where l.is_listed) = any_value(m.members) as is_wholly_listed,
        bool_or(l.is_set_aside) as is_set_aside
    from listed as l
    inner join members as m using (census_year, county_code, school_id)
    group by l.census_year, l.county_code, l.school_id, l.part
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
        e.*,
        coalesce(o.rooms, 0) as rooms,
        coalesce(o.rooms_unreadable, 0) + coalesce(u.lines, 0) as rooms_unreadable,
        coalesce(o.is_listed, false) as is_listed,
        coalesce(o.is_wholly_listed, false) as is_wholly_listed,
        coalesce(o.is_set_aside, false) or u.lines is not null as is_set_aside
    from eased as e
    left join of_schools as o using (census_year, county_code, school_id, part)
    left join unplaced as u using (census_year, county_code)
)

select
    census_year,
    county_code,
    school_id,
    part,
    area_m2,
    case when is_wholly_listed and rooms_unreadable = 0 then rooms end as rooms,
    case when is_listed then rooms end as rooms_at_least,
    case when is_wholly_listed then rooms + rooms_unreadable end as rooms_at_most,
    {{ rounded_up('classes / ' ~ parameter('g3_classes_per_room', 'census_year')) }} as rooms_due,
    {{ rounded_up('classes_at_least / ' ~ parameter('g3_classes_per_room', 'census_year')) }} as rooms_due_at_least,
    coalesce(missing_reason, classes_reason) as school_reason,
    case when rooms_unreadable > 0 or not is_wholly_listed then {{ row_reason('is_set_aside') }} end as rooms_reason
from counted
