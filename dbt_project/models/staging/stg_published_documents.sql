-- The latest entry of each document counts.
with entries as (
    {{ lines_in_force('published', 'published_documents', {
        'document': 'document', 'title': 'document_title', 'number': 'document_number', 'issuer': 'issuer',
        'issuer_code': 'issuer_code', 'issued': 'issued', 'period': 'period', 'not_before': 'not_before',
            'not_before_basis': 'not_before_basis',
    }) }}
)

select document, title, number, issuer, issuer_code, issued, period, not_before, not_before_basis, file_sha256
from entries
qualify row_number() over (partition by document order by seq desc, row desc) = 1
