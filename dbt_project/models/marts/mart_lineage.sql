select
    m.census_year,
    m.county_code,
    m.school_id,
    m.stage,
    m.measure,
    m.value,
    m.raw_value,
    m.status,
    d.file_name,
    m.file_sha256,
    m.sheet,
    m.cell,
    m.form,
    m.census_year as form_year
from {{ ref('stg_census_measures') }} as m
inner join (
    select year, county_code, file_sha256, min_by(file_name, seq) as file_name
    from {{ ref('stg_deliveries') }}
    where source = 'census' and status = 'in_force'
    group by year, county_code, file_sha256
) as d on m.census_year = d.year and m.county_code = d.county_code and m.file_sha256 = d.file_sha256
order by census_year, county_code, school_id, stage, measure
