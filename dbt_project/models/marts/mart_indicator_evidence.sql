-- The cells that each indicator's verdict stands on: figures of forms, and the attestations of its code. What stands
-- in registers of persons is counted, never listed.
with forms as (
    select assessment_year, county_code, form, data_year from {{ ref('int_assessment_forms') }}
    where data_year is not null
),

figures as (
    select f.assessment_year, s.indicator_code, cast(null as integer) as grade, cast(null as varchar) as subject, c.*
    from {{ ref('lineage_cells') }} as c
    inner join {{ ref('indicator_sources') }} as s on c.form = s.form and c.measure = s.measure
    inner join forms as f on c.county_code = f.county_code and c.form = f.form and c.year = f.data_year
    where c.form <> 'monitoring_results'
    union all
    -- Of monitoring, each grade and subject has a year of its own.
    select m.assessment_year, s.indicator_code, m.grade, m.subject, c.*
    from {{ ref('lineage_cells') }} as c
    inner join {{ ref('indicator_sources') }} as s on c.form = s.form and c.measure = s.measure
    inner join {{ ref('int_monitoring') }} as m
        on c.county_code = m.county_code and c.year = m.data_year and c.file_sha256 = m.file_sha256 and c.row = m.row
    where c.form = 'monitoring_results'
    union all
    select c.year, upper(i.raw_value), null, null, c.*
    from {{ ref('lineage_cells') }} as c
    inner join {{ ref('lineage_cells') }} as i
        on c.county_code = i.county_code and c.year = i.year and c.file_sha256 = i.file_sha256 and c.row = i.row
            and i.measure = 'attested_indicator'
    where c.form = 'attestations' and c.measure = 'attested_answer'
)

select
    cast(assessment_year as integer) as assessment_year,
    county_code,
    indicator_code,
    coalesce(school_id, '') as school_id,
    grade,
    subject,
    form,
    year,
    row,
    measure,
    value,
    raw_value,
    status,
    file_name,
    file_sha256,
    sheet,
    cell
from figures
