with entries as (
    select
        c.year, c.file_sha256, c.row,
        any_value(c.text) filter (where c.measure = 'document') as document,
        any_value(c.text) filter (where c.measure = 'document_title') as title,
        any_value(c.text) filter (where c.measure = 'document_number') as number,
        any_value(c.text) filter (where c.measure = 'issuer') as issuer,
        any_value(c.text) filter (where c.measure = 'issuer_code') as issuer_code,
        any_value(c.text) filter (where c.measure = 'issued') as issued,
        any_value(c.text) filter (where c.measure = 'period') as period
    from {{ source('bronze', 'cells') }} as c
    where c.source = 'published'
    group by c.year, c.file_sha256, c.row
)

select e.document, e.title, e.number, e.issuer, e.issuer_code, e.issued, e.period, e.file_sha256
from entries as e
inner join {{ source('bronze', 'deliveries') }} as d
    on d.source = 'published' and d.form = 'published_documents' and d.status = 'in_force'
    and e.year = d.year and e.file_sha256 = d.file_sha256
left join {{ source('bronze', 'cells_set_aside') }} as q
    on q.source = 'published' and e.year = q.year and e.file_sha256 = q.file_sha256 and e.row = q.row
where q.row is null
qualify row_number() over (partition by e.document order by d.seq desc, e.row desc) = 1
