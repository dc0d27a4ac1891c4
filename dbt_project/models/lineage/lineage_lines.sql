-- The lines of the schools in force, as typed, one column per figure.
select r.census_year, r.county_code, r.school_id, r.form, l.* exclude (source, year, kind)
from {{ ref('int_school_roster') }} as r
inner join {{ bronze_of_changed_counties('census_lines') }} as l
    on r.census_year = l.year and r.file_sha256 = l.file_sha256 and r.row = l.row
