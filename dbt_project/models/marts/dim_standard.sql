select
    standard_version,
    indicator_code,
    stage,
    school_type_group,
    coalesce(part, '') as part,
    valid_from_year,
    valid_to_year,
    jurisdiction,
    threshold,
    floor,
    source
from {{ ref('standards') }}
order by all
