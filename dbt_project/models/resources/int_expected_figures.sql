-- What a school of each type must report for R1-R7: one row per type of school and figure, `name` as in
-- `<stage>.<measure>`.
with wanted as (
    select distinct measure, measure_stage as stage from {{ ref('indicator_measures') }}
    union
    select 'pupils' as measure, stage from (values ('primary'), ('junior'), ('senior')) as s (stage)
)

select t.school_type, w.stage, w.measure, w.stage || '.' || w.measure as name
from {{ ref('school_types') }} as t
inner join wanted as w
    on w.stage = 'all'
    or (w.stage = 'primary' and t.has_primary)
    or (w.stage = 'junior' and t.has_junior)
    or (w.stage = 'senior' and t.has_senior)
where t.in_resource_scope
