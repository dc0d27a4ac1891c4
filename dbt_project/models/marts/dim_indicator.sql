select indicator_code, dimension, name_zh, name_en, short_name_zh, short_name_en, level, test, unit, comparator, scale,
    gap_unit
from {{ ref('indicators') }}
order by indicator_code
