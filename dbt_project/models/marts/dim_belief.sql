select
    batch,
    max(known_at) as known_at,
    cast(count(*) filter (where event = 'received') as integer) as files_received,
    cast(count(*) filter (where event = 'withdrawn') as integer) as files_withdrawn,
    cast(count(*) filter (where event = 'restored') as integer) as files_restored
from {{ source('bronze', 'ledger') }}
group by batch
order by batch
