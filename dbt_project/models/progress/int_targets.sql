-- Targets in force: what plans promise (seed `targets`) and what offices delivered. The county bears them, or one group
-- of its schools. Of one bearer, metric and year a delivered one stands before the seed's, and the newest before older
-- ones.
with delivered as ({{ rows_in_force('targets', 'targets',
    ['target_metric', 'group_name', 'goal_direction', 'goal_due_on', 'target_document', 'target_clause'],
    ['goal_year', 'goal_value', 'base_year']) }}),

targets as (
    select
        d.county_code, coalesce(d.group_name, '') as group_name, m.metric, cast(d.goal_year as integer) as target_year,
            d.goal_value as target_value,
        d.goal_direction as direction, cast(d.base_year as integer) as base_year,
        try_cast(d.goal_due_on as date) as due_on, d.target_document as document,
        d.target_clause as clause, d.data_year, d.row
    from delivered as d
    inner join {{ ref('target_metrics') }} as m on d.target_metric in (m.metric, m.name_zh)
    where d.goal_value is not null
    union all
    select county_code, coalesce(group_name, ''), metric, target_year, target_value, direction, base_year, due_on,
        document, clause, 0, 0
    from {{ ref('targets') }}
)

select
    county_code, group_name, metric, target_year, target_value, direction, base_year,
    coalesce(due_on, make_date(cast(target_year as integer), 12, 31)) as due_on, document, clause
from targets
qualify row_number() over (partition by county_code, group_name, metric, target_year order by data_year desc, row) = 1
