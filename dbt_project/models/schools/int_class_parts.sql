-- The largest class of each stage of a school, point or campus by itself, before it is counted with its school: by the
-- roster of classes where one names as many classes as the census counts, else between the bounds of the largest
-- class-size bin that is not empty (`at_least`, `at_most`); and by the census' bins alone (`lower_bound`,
-- `bins_upper_bound`), to hold the roster against.
with schools as (
    select * from {{ only_changed_counties(ref('int_school_roster')) }}
),

-- Classes of each stage, in all and by size bin.
lines as (
    select r.census_year, r.county_code, r.school_id, l.*
    from schools as r
    inner join (
        select year, file_sha256, row, columns('(primary|junior)\.classes(_[a-z0-9_]+)?')
        from {{ bronze_of_changed_counties('census_lines') }}
        where kind = 'data'
    ) as l on r.census_year = l.year and r.file_sha256 = l.file_sha256 and r.row = l.row
    where r.missing_reason is null
),

-- What the columns of a stage say: all its classes, or those of one bin.
columns_of_stages as (
    select s.stage || '.' || b.measure as name, s.stage, b.*
    from (
        select measure, smallest_class, largest_class from {{ ref('class_bins') }}
        union all
        select 'classes', null, null
    ) as b
    cross join (values ('primary'), ('junior')) as s (stage)
),

set_aside as (
    select distinct year as census_year, county_code, file_sha256, row, stage
    from {{ source('bronze', 'quarantined_cells') }}
    where source = 'census' and (measure = 'classes' or measure like 'classes\_%' escape '\')
),

stages as (
    select
        c.census_year,
        c.county_code,
        c.school_id,
        b.stage,
        max(c.value) filter (where b.measure = 'classes') as classes,
        max(b.smallest_class) filter (where c.value > 0) as lower_bound,
        -- A bin left blank is empty if the others add up to all classes; else nobody knows what it holds.
        case
            when sum(coalesce(c.value, 0)) filter (where b.measure <> 'classes')
                is not distinct from max(c.value) filter (where b.measure = 'classes')
                then max(b.largest_class) filter (where c.value > 0)
        end as upper_bound
    from {{ cell_by_cell('lines', ['census_year', 'county_code', 'school_id', 'year', 'file_sha256', 'row']) }} as c
    inner join columns_of_stages as b on c.name = b.name
    where c.value <> 0 or b.measure = 'classes'
    group by c.census_year, c.county_code, c.school_id, b.stage
),

expected as (
    select m.census_year, m.county_code, m.member_school_id, m.school_id, m.is_unresolved, s.stage, r.missing_reason,
        case when r.missing_reason is null then r.file_sha256 end as file_sha256, r.row
    from {{ ref('int_school_members') }} as m
    inner join {{ ref('int_school_roster') }} as r
        on m.census_year = r.census_year and m.county_code = r.county_code and m.member_school_id = r.school_id
    inner join {{ ref('school_types') }} as t on r.school_type = t.school_type
    inner join (values ('primary'), ('junior')) as s (stage)
        on (s.stage = 'primary' and t.has_primary) or (s.stage = 'junior' and t.has_junior)
),

-- The roster of classes, by school and stage.
roster as (
    select
        c.data_year as census_year, c.county_code, c.school_id,
        case when c.grade <= 6 then 'primary' else 'junior' end as stage,
        count(*) as classes,
        count(c.class_pupils) = count(*) as is_whole,
        max(c.class_pupils) as largest_class,
        list(c.class_pupils order by c.class_pupils) as class_pupils
    from ({{ rows_in_force('classes', 'class_roster', ['school_id', 'grade'], ['class_pupils']) }}) as c
    where c.grade is not null
    group by c.data_year, c.county_code, c.school_id, case when c.grade <= 6 then 'primary' else 'junior' end
),

parts as (
    select
        e.census_year, e.county_code, e.member_school_id, e.school_id, e.stage, e.is_unresolved, e.missing_reason,
        case when q.row is null then s.classes end as classes,
        coalesce(w.is_whole and w.classes >= s.classes, false) as is_from_roster,
        w.largest_class,
        w.class_pupils,
        case when q.row is null then s.lower_bound end as lower_bound,
        case when q.row is null then s.upper_bound end as upper_bound,
        -- No class to be large.
        q.row is null and s.classes = 0 as is_empty,
        q.row is not null as is_set_aside
    from expected as e
    left join stages as s
        on e.census_year = s.census_year and e.county_code = s.county_code and e.member_school_id = s.school_id
            and e.stage = s.stage
    left join set_aside as q
        on e.census_year = q.census_year and e.county_code = q.county_code and e.file_sha256 = q.file_sha256
            and e.row = q.row and e.stage = q.stage
    left join roster as w
        on e.census_year = w.census_year and e.county_code = w.county_code and e.member_school_id = w.school_id
            and e.stage = w.stage
)

select
    *,
    case when is_from_roster then largest_class else greatest(largest_class, lower_bound) end as at_least,
    case when is_from_roster then largest_class when is_empty then greatest(largest_class, 0) else case
        when upper_bound is not null then greatest(largest_class, upper_bound) end end as at_most,
    case when is_empty then 0 else upper_bound end as bins_upper_bound
from parts
