select
    run_number,
    run_id,
    check_id,
    source,
    form,
    year,
    county_code,
    severity,
    n_checked,
    n_failed,
    who_acts,
    message_zh,
    message_en
from {{ source('bronze', 'check_results') }}
