-- Short names that documents use, and the school that each means: the office's own list, the newest first, before the
-- seed's.
with delivered as ({{ rows_in_force('aliases', 'school_aliases', ['school_alias', 'school_id'], []) }}),

aliases as (
    select county_code, school_alias as alias, school_id, data_year, row from delivered where not is_row_set_aside
    union all
    select county_code, alias, school_id, 0, 0 from {{ ref('school_aliases') }}
)

select county_code, alias, school_id
from aliases
qualify row_number() over (partition by county_code, alias order by data_year desc, row) = 1
