-- G3 Music and art rooms: for each kind, the rooms that are large enough of the rooms due, one for every 12 classes
-- begun. One row per school and kind of room (`part`).
with assessments as ({{ assessments_with('room_register') }})

select
    a.assessment_year,
    a.county_code,
    'G3' as indicator_code,
    r.school_id,
    r.part,
    case when a.data_year is not null then r.rooms end as numerator,
    r.rooms_due as denominator,
    case when a.data_year is not null and r.rooms_due > 0 then r.rooms_at_least / r.rooms_due end as low,
    case
        when a.data_year is not null and r.rooms_at_least is not null
            then r.rooms_at_most / nullif(coalesce(r.rooms_due, r.rooms_due_at_least), 0)
    end as high,
    1.0 as standard,
    r.rooms_due is distinct from 0 as applies,
    case
        when r.rooms_due = 0 then 'zero_denominator'
        when r.school_reason is not null then r.school_reason
        else coalesce(a.form_reason, r.rooms_reason)
    end as reason,
    a.data_year,
    a.file_name as evidence,
    '>= ' || cast(r.area_m2 as varchar) || ' m²' as how
from {{ ref('int_rooms') }} as r
inner join assessments as a on r.census_year = a.census_year and r.county_code = a.county_code
