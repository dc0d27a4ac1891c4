-- The latest entry of each document counts.
select
    "all.document" as document,
    "all.document_title" as title,
    "all.document_number" as number,
    "all.issuer" as issuer,
    "all.issuer_code" as issuer_code,
    "all.issued" as issued,
    "all.period" as period,
    "all.not_before" as not_before,
    "all.not_before_basis" as not_before_basis,
    file_sha256
from ({{ delivered_lines('published', 'published_documents') }}) as entries
where not is_set_aside
qualify row_number() over (partition by "all.document" order by seq desc, row desc) = 1
