-- The latest entry of each school, kind of change and date counts.
with entries as (
    {{ lines_in_force('school_changes', 'school_changes', {
        'school_id': 'school_id', 'school_name': 'school_name', 'school_type': 'school_type', 'change': 'change',
        'changed_on': 'changed_on', 'successor_school_id': 'successor_school_id',
    }) }}
)

select
    folder_county_code as county_code,
    school_id,
    school_name,
    school_type,
    change,
    cast(changed_on as date) as changed_on,
    successor_school_id,
    file_sha256,
    row
from entries
qualify row_number() over (partition by folder_county_code, school_id, changed_on, change, case
    when change = 'split' then successor_school_id end order by seq desc, row desc) = 1
