-- What offices entered for what is to be mended: of a school (or a name as reported), stage and indicator the newest
-- line. A code filled in beside a name that a document reports is an entry by itself: it says which school is meant.
with entries as (
    {{ rows_in_force('remediation', 'remediation',
        ['school_id', 'school_name', 'school_stage', 'gap_indicator', 'office', 'office_post', 'due_on', 'remark'],
        []) }}
)

select
    county_code,
    coalesce(school_id, '') as school_id,
    coalesce(school_name, '') as school_name,
    coalesce(school_stage, '') as stage,
    gap_indicator as indicator_code,
    office,
    office_post as post,
    try_cast(due_on as date) as due_date,
    remark
from entries
where not is_set_aside and (
    coalesce(office, office_post, due_on, remark) is not null
    or school_id is not null and school_name in (select p.reported_name from {{ ref('reported_problems') }} as p
        where p.county_code = entries.county_code)
)
qualify row_number() over (partition by county_code, coalesce(school_id, school_name), school_stage, gap_indicator
order by data_year desc, row) = 1
