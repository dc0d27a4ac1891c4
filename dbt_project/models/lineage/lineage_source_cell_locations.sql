-- In which column each of their figures stands.
select f.source, f.year, f.county_code, f.file_sha256, p.measure, p.sheet, p.column_letter
from {{ ref('lineage_source_files') }} as f
inner join {{ source('bronze', 'cell_locations') }} as p using (source, year, file_sha256)
