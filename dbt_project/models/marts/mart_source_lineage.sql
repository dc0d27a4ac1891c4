select
    source,
    year,
    form,
    county_code,
    school_id,
    row,
    measure,
    value,
    raw_value,
    status,
    file_name,
    file_sha256,
    sheet,
    cell
from {{ ref('lineage_cells') }}
