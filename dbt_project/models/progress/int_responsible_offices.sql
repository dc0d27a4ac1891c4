-- Who answers for an indicator, a metric of targets or a growth check, and by when: the office's own list, the newest
-- first, before the seed's, which is what plans say.
with delivered as (
    {{ rows_in_force('offices', 'responsible_offices',
        ['gap_indicator', 'office', 'office_post', 'target_document'], ['goal_year']) }}
),

offices as (
    select
        d.county_code, coalesce(m.metric, d.gap_indicator) as subject, d.office, d.office_post as post,
            cast(d.goal_year as integer) as due_year, d.target_document as document,
        d.data_year, d.row
    from delivered as d
    left join {{ ref('target_metrics') }} as m on d.gap_indicator = m.name_zh
    where not d.is_row_set_aside
    union all
    select county_code, indicator_code, office, post, due_year, document, 0, 0 from {{ ref('responsible_offices') }}
)

select county_code, subject, office, post, due_year, document
from offices
qualify row_number() over (partition by county_code, subject order by data_year desc, row) = 1
