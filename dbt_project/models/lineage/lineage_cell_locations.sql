-- Where each declared figure stands in a file in force.
select p.year as census_year, f.county_code, p.file_sha256, p.stage, p.measure, p.sheet, p.line, p.column_letter
from {{ bronze_of_changed_counties('cell_locations') }} as p
inner join {{ ref('lineage_files') }} as f on p.year = f.census_year and p.file_sha256 = f.file_sha256
where p.source = 'census'
