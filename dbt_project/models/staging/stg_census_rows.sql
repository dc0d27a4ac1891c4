-- Every school row of every census delivery that still counts for something: in force, or known
-- only from a refused or replaced one. What decides is `status`.
with delivered as (
    -- A content dropped twice counts once; another county's file says nothing of this one.
    select source, year, county_code, file_sha256, form, status, min(seq) as seq
    from {{ source('bronze', 'deliveries') }}
    where source = 'census' and status in ('in_force', 'replaced', 'refused') and county_code <> ''
        and (status <> 'refused' or is_open)
        and coalesce(reason, '') not in ('wrong_county', 'county_name_conflict')
    group by source, year, county_code, file_sha256, form, status
),

identity as (
    select i.*
    from (
        {{ file_lines('census', {
            'school_id': 'school_id', 'school_name': 'school_name', 'school_type': 'school_type',
            'urban_rural': 'urban_rural', 'run_by': 'run_by', 'counts_as_school': 'counts_as_school',
            'parent_school_id': 'parent_school_id', 'is_boarding': 'is_boarding',
        }, {'year_built': 'year_built'}) }}
    ) as i
    inner join (
        select distinct year, file_sha256, row from {{ source('bronze', 'rows') }}
        where source = 'census' and kind = 'data'
    ) as r on i.year = r.year and i.file_sha256 = r.file_sha256 and i.row = r.row
),

rows_set_aside as (
    select distinct year, county_code, file_sha256, row
    from {{ source('bronze', 'cells_set_aside') }}
    where source = 'census' and stage is null
)

select
    i.year as census_year,
    d.county_code,
    i.school_id,
    i.school_name,
    i.school_type,
    i.urban_rural,
    i.run_by,
    i.counts_as_school = 'yes' as counts_as_school,
    i.parent_school_id,
    i.is_boarding = 'yes' as is_boarding,
    cast(i.year_built as integer) as year_built,
    d.form,
    d.file_sha256,
    i.row,
    d.seq,
    case
        when d.status = 'refused' then 'refused'
        when d.status = 'replaced' or s.reason = 'replaced' or k.row is not null then 'replaced'
        when q.row is not null or s.reason is not null then 'quarantined'
        else 'in_force'
    end as status
from identity as i
inner join delivered as d on i.year = d.year and i.file_sha256 = d.file_sha256
left join rows_set_aside as q
    on d.year = q.year and d.county_code = q.county_code and d.file_sha256 = q.file_sha256 and i.row = q.row
left join {{ source('bronze', 'set_aside') }} as s
    on d.year = s.year and d.county_code = s.county_code and d.file_sha256 = s.file_sha256 and i.school_id = s.school_id
left join {{ source('bronze', 'corrected_rows') }} as k on d.file_sha256 = k.file_sha256 and i.row = k.row
