"""The figures of a county's schools that a what-if may change, as SQL on a published warehouse.

What R1-R7 and G4 are made of, as reported; the classes of each stage by size; and the rooms that are large enough for
music and for art. ``$HERE`` and ``$YEARS`` stand for a condition on ``county_code`` and a list of census years.
"""

NOISE = 1e-9  # as macro `noise` has it; a test holds both against each other

# Rooms that are large enough, by kind of room (`part` of the standard).
ROOM_MEASURES = {"music_rooms": "music", "art_rooms": "art"}
MOST_COUNTED = 9_999  # classes of a size, or rooms, of one school

_REPORTED = """
    select census_year, county_code, school_id, stage, measure, value
    from intermediate.int_school_measures
    where $HERE and census_year in $YEARS
"""

# A class counts in the bin of its pupils: by the roster where it decides, else by the census. A bin left blank is
# empty where the others add up to all classes.
_CLASSES = """
    select p.census_year, p.county_code, p.member_school_id as school_id, p.stage, b.measure,
        case
            when p.is_from_roster then (
                select count(*) from (select unnest(p.class_pupils) as pupils)
                where pupils between b.smallest_class and b.largest_class
            )
            when p.is_set_aside then null
            when p.classes = sum(c.value) over (
                partition by p.census_year, p.county_code, p.member_school_id, p.stage
            ) then coalesce(c.value, 0)
            else c.value
        end as value
    from (from intermediate.int_class_parts where $HERE and census_year in $YEARS) as p
    cross join seeds.class_bins as b
    left join (
        select census_year, county_code, school_id, stage, measure, value
        from marts.mart_lineage where $HERE and census_year in $YEARS and measure like 'classes%'
    ) as c
        on p.census_year = c.census_year and p.county_code = c.county_code and p.member_school_id = c.school_id
        and p.stage = c.stage and b.measure = c.measure
    where p.missing_reason is null
"""

# Of each school or point; large enough by the standard of the school that it is counted with.
_ROOMS = f"""
    select m.census_year, m.county_code, m.member_school_id as school_id, 'all' as stage,
        r.part || '_rooms' as measure,
        case
            when bool_or(not g.is_row_set_aside) and not bool_or(g.is_row_set_aside or g.room_use is null
                or (g.room_use = r.part and g.room_area_m2 is null))
                then coalesce(sum(g.rooms) filter (
                    g.room_use = r.part and g.room_area_m2 >= r.area_m2 * (1 - {NOISE})
                ), 0)
        end as value
    from (from intermediate.int_rooms where $HERE and census_year in $YEARS) as r
    inner join intermediate.int_school_members as m using (census_year, county_code, school_id)
    inner join intermediate.int_school_roster as o
        on m.census_year = o.census_year and m.county_code = o.county_code and m.member_school_id = o.school_id
    left join (from intermediate.int_room_register where $HERE and census_year in $YEARS) as g
        on m.census_year = g.census_year and m.county_code = g.county_code and m.member_school_id = g.school_id
    where o.missing_reason is null
        and (m.census_year, m.county_code) in (
            select (census_year, county_code) from intermediate.int_room_register where $HERE
        )
    group by m.census_year, m.county_code, m.member_school_id, r.part
"""

# A row a school, stage and measure: what each reports, null where it does not.
FIGURES = f"{_REPORTED} union all {_CLASSES} union all {_ROOMS}"
