-- Every school row of every census delivery that still counts for something: in force, or known
-- only from a refused or replaced one. What decides is `status`.
with delivered as (
    -- A content dropped twice counts once; another county's file says nothing of this one.
    select source, year, county_code, file_sha256, form, status, min(seq) as seq
    from {{ source('bronze', 'deliveries') }}
    where source = 'census' and status in ('in_force', 'replaced', 'refused') and county_code <> ''
        and (status <> 'refused' or is_open)
        and not is_of_another_county
    group by source, year, county_code, file_sha256, form, status
),

rows_set_aside as (
    select distinct year, county_code, file_sha256, row
    from {{ source('bronze', 'quarantined_cells') }}
    where source = 'census' and stage is null
)

select
    i.year as census_year,
    d.county_code,
    i."all.school_id" as school_id,
    i."all.school_name" as school_name,
    i."all.school_type" as school_type,
    i."all.urban_rural" as urban_rural,
    i."all.run_by" as run_by,
    i."all.counts_as_school" = 'yes' as counts_as_school,
    i."all.parent_school_id" as parent_school_id,
    i."all.is_boarding" = 'yes' as is_boarding,
    cast(i."all.year_built" as integer) as year_built,
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
from {{ bronze_of_changed_counties('census_lines') }} as i
inner join delivered as d on i.year = d.year and i.file_sha256 = d.file_sha256
left join rows_set_aside as q
    on d.year = q.year and d.county_code = q.county_code and d.file_sha256 = q.file_sha256 and i.row = q.row
left join {{ source('bronze', 'superseded_schools') }} as s
    on d.year = s.year and d.county_code = s.county_code and d.file_sha256 = s.file_sha256
        and i."all.school_id" = s.school_id
left join {{ source('bronze', 'corrected_rows') }} as k on d.file_sha256 = k.file_sha256 and i.row = k.row
where i.kind = 'data'
