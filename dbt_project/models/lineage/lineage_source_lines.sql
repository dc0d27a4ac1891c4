-- Their lines, each with all of its values in a list: measure, number, text, and what the cell shows where that
-- differs.
with lines as (
    {%- for name in ('finance', 'monitoring', 'hr', 'enrolment', 'rooms', 'classes', 'survey', 'attestation', 'reviews', 'groups', 'targets', 'remediation', 'aliases', 'prices', 'offices') %}
    select source, year, file_sha256, row, school_id, cells from {{ source('bronze', name ~ '_by_line') }}
    where kind = 'data'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select f.source, f.year, f.county_code, f.file_sha256, l.row, l.school_id, l.cells
from {{ ref('lineage_source_files') }} as f
inner join lines as l using (source, year, file_sha256)
