select
    c.census_year,
    c.county_code,
    c.school_id,
    c.stage,
    c.indicator_code,
    c.member_school_id,
    r.school_name as member_school_name,
    c.measure,
    c.measure_stage,
    c.sign,
    c.value,
    c.share,
    c.quantity,
    c.reason,
    m.name_zh as measure_zh,
    f.file_name,
    p.sheet,
    p.column_letter || cast(coalesce(p.line, r.row) as varchar) as cell
from {{ ref('int_indicator_components') }} as c
inner join {{ ref('int_school_roster') }} as r
    on c.census_year = r.census_year and c.county_code = r.county_code and c.member_school_id = r.school_id
inner join {{ ref('measures') }} as m on c.measure = m.measure
left join {{ ref('lineage_cell_locations') }} as p
    on r.census_year = p.census_year and r.county_code = p.county_code and r.file_sha256 = p.file_sha256
        and c.measure_stage = p.stage and c.measure = p.measure
left join {{ ref('lineage_files') }} as f
    on p.census_year = f.census_year and p.county_code = f.county_code and p.file_sha256 = f.file_sha256
