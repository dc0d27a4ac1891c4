select
    f.county_code,
    f.metric,
    f.year,
    f.kind,
    f.document,
    f.name_zh,
    f.value,
    f.raw_value,
    f.unit,
    f.note,
    d.title as document_title,
    d.issuer,
    d.issued,
    f.file_name,
    f.file_sha256,
    f.sheet,
    f.cell
from {{ ref('stg_published_figures') }} as f
left join {{ ref('stg_published_documents') }} as d using (document)
order by county_code, metric, year, kind, document
