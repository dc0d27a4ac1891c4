-- Where each declared figure stands in a file in force.
select p.year as census_year, p.file_sha256, p.stage, p.measure, p.sheet, p.line, p.column_letter
from {{ source('bronze', 'places') }} as p
where p.source = 'census' and p.file_sha256 in (select f.file_sha256 from {{ ref('lineage_files') }} as f)
