select
    seq,
    batch,
    received_at,
    path,
    file_name,
    source,
    year,
    county_code,
    file_sha256,
    form,
    status,
    reason,
    message_zh,
    message_en,
    is_open,
    is_file_of_unknown_school
from {{ source('bronze', 'deliveries') }}
