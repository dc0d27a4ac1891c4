select
    batch,
    max(known_at) as known_at,
    cast(count(*) filter (where event = 'received') as integer) as files_received,
    cast(count(*) filter (where event = 'withdrawn') as integer) as files_withdrawn
from {{ source('bronze', 'ledger') }}
group by batch
order by batch
