-- The register of music and art rooms in force: lines of a school that are alike in use and own area, counted together.
-- A line that was set aside as a whole tells neither.
select
    data_year as census_year,
    county_code,
    school_id,
    room_use,
    room_area_m2,
    is_set_aside,
    is_row_set_aside,
    count(*) as rooms
from ({{ rows_in_force('rooms', 'room_register', ['school_id'], ['room_use', 'room_area_m2']) }}) as lines
group by data_year, county_code, school_id, room_use, room_area_m2, is_set_aside, is_row_set_aside
