-- Their lines, each with all of its values in a list: measure, number, text, and what the cell shows where that
-- differs.
select f.source, f.year, f.county_code, f.file_sha256, l.row, l.school_id, l.cells
from {{ ref('lineage_source_files') }} as f
inner join {{ source('bronze', 'lines_with_cells') }} as l using (source, year, file_sha256)
where l.kind = 'data'
