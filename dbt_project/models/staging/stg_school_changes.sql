-- The latest entry of each school, kind of change and date counts.
with entries as (
    select
        folder_county_code as county_code,
        "all.school_id" as school_id,
        "all.school_name" as school_name,
        "all.school_type" as school_type,
        "all.change" as change,
        cast("all.changed_on" as date) as changed_on,
        "all.successor_school_id" as successor_school_id,
        seq,
        file_sha256,
        row
    from ({{ delivered_lines('school_changes', 'school_changes') }}) as delivered
    where not is_set_aside
)

select county_code, school_id, school_name, school_type, change, changed_on, successor_school_id, file_sha256, row
from entries
qualify row_number() over (partition by county_code, school_id, changed_on, change, case
    when change = 'split' then successor_school_id end order by seq desc, row desc) = 1
