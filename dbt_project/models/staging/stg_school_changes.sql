-- The latest entry of each school and date counts.
with entries as (
    select
        c.year, c.file_sha256, c.row,
        any_value(c.text) filter (where c.measure = 'school_id') as school_id,
        any_value(c.text) filter (where c.measure = 'school_name') as school_name,
        any_value(c.text) filter (where c.measure = 'change') as change,
        any_value(c.text) filter (where c.measure = 'changed_on') as changed_on,
        any_value(c.text) filter (where c.measure = 'successor_school_id') as successor_school_id
    from {{ source('bronze', 'cells') }} as c
    where c.source = 'school_changes'
    group by c.year, c.file_sha256, c.row
)

select
    d.county_code,
    e.school_id,
    e.school_name,
    e.change,
    cast(e.changed_on as date) as changed_on,
    e.successor_school_id,
    e.file_sha256,
    e.row
from entries as e
inner join {{ source('bronze', 'deliveries') }} as d
    on d.source = 'school_changes' and d.status = 'in_force' and e.year = d.year and e.file_sha256 = d.file_sha256
left join {{ source('bronze', 'cells_set_aside') }} as q
    on q.source = 'school_changes' and e.year = q.year and e.file_sha256 = q.file_sha256 and e.row = q.row
where q.row is null
qualify row_number() over (partition by d.county_code, e.school_id, e.changed_on order by d.seq desc, e.row desc) = 1
