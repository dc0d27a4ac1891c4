-- Every declared figure of the schools in force. A figure set aside by a check has no value, and says so.
with rows_in_force as (
    select census_year, county_code, school_id, file_sha256, row, form
    from {{ ref('stg_census_rows') }}
    where status = 'in_force'
),

set_aside as (
    select distinct year, county_code, file_sha256, row, stage, measure
    from {{ source('bronze', 'cells_set_aside') }}
    where source = 'census' and stage is not null
)

select
    r.census_year,
    r.county_code,
    r.school_id,
    c.stage,
    c.measure,
    case when q.measure is null and c.problem is null then c.number * p.unit_factor end as value,
    coalesce(
        c.raw_text,
        case when c.number = trunc(c.number) and abs(c.number) < 1e15 then cast(cast(c.number as bigint) as varchar) else cast(c.number as varchar) end
    ) as raw_value,
    case
        when q.measure is not null then 'quarantined'
        when c.number is null and c.text is null then 'not_reported'
        else 'loaded'
    end as status,
    r.file_sha256,
    p.sheet,
    p.column_letter || cast(coalesce(p.line, c.row) as varchar) as cell,
    r.form
from rows_in_force as r
inner join {{ source('bronze', 'cells') }} as c
    on r.census_year = c.year and r.file_sha256 = c.file_sha256 and r.row = c.row and c.source = 'census'
inner join {{ source('bronze', 'places') }} as p
    on c.year = p.year and c.file_sha256 = p.file_sha256 and c.stage = p.stage and c.measure = p.measure and p.source = 'census'
left join set_aside as q
    on r.census_year = q.year and r.county_code = q.county_code and r.file_sha256 = q.file_sha256 and r.row = q.row
    and c.stage = q.stage and c.measure = q.measure
