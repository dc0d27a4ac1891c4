-- Every value of the other sources' files in force, but for registers of persons, with the cell it stands in.
with cells as (
    {%- for name in ('finance', 'monitoring', 'hr', 'enrolment', 'rooms', 'classes', 'survey', 'attestation', 'reviews', 'groups', 'targets', 'remediation') %}
    select c.source, c.year, c.file_sha256, c.row, c.measure, c.number, c.text, w.written, {{ "l.\"all.school_id\"" if name in ('finance', 'hr', 'enrolment', 'rooms', 'classes', 'attestation', 'groups', 'remediation') else "cast(null as varchar)" }} as school_id
    from {{ source('bronze', name ~ '_cells') }} as c
    inner join {{ source('bronze', name ~ '_lines') }} as l on c.year = l.year and c.file_sha256 = l.file_sha256 and c.row = l.row
    left join {{ source('bronze', name ~ '_written') }} as w
        on c.year = w.year and c.file_sha256 = w.file_sha256 and c.row = w.row and c.measure = w.measure
    where c.kind = 'data' and c.measure <> 'person'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

set_aside as (
    select distinct source, year, county_code, file_sha256, row, measure
    from {{ source('bronze', 'cells_set_aside') }}
)

select
    d.source,
    d.form,
    d.year,
    d.county_code,
    c.school_id,
    c.row,
    c.measure,
    case when q.row is null then c.number end as value,
    coalesce(m.raw_text, c.written, c.text, {{ plainly('c.number') }}) as raw_value,
    case
        when q.row is not null then 'quarantined'
        when c.number is null and c.text is null then 'not_reported'
        else 'loaded'
    end as status,
    d.file_name,
    c.file_sha256,
    p.sheet,
    p.column_letter || cast(c.row as varchar) as cell
from cells as c
inner join {{ ref('stg_deliveries') }} as d
    on c.source = d.source and c.year = d.year and c.file_sha256 = d.file_sha256 and d.status = 'in_force'
left join {{ ref('form_clocks') }} as f on d.form = f.form
inner join {{ source('bronze', 'places') }} as p
    on c.source = p.source and c.year = p.year and c.file_sha256 = p.file_sha256 and c.measure = p.measure
left join {{ source('bronze', 'remarks') }} as m
    on c.source = m.source and c.year = m.year and c.file_sha256 = m.file_sha256 and c.row = m.row and c.measure = m.measure
left join set_aside as q
    on c.source = q.source and c.year = q.year and d.county_code = q.county_code and c.file_sha256 = q.file_sha256 and c.row = q.row
    and (q.measure is null or c.measure = q.measure)
where not coalesce(f.is_register_of_persons, false)
qualify row_number() over (partition by d.county_code, c.source, c.year, c.file_sha256, c.row, c.measure order by d.seq) = 1
