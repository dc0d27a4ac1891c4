-- The least plans as `junheng plan` wrote them: of each scenario a line about the plan (step 0) and one a step. A plan
-- is current until something else of its county comes in.
with lines as (
    {{ rows_in_force('plans', 'least_plan',
        ['plan_scenario', 'plan_status', 'plan_kind', 'gap_indicator', 'school_stage', 'school_id', 'school_name',
            'exchange_from_school_id', 'group_name', 'plan_measure', 'plan_into_measure', 'gap_unit', 'plan_mends',
            'plan_limits_kept', 'plan_in_the_way', 'plan_left_out', 'plan_assumptions', 'plan_made_on'],
        ['plan_step', 'plan_target_year', 'plan_due_year', 'plan_amount', 'plan_into_amount', 'plan_cost_yuan',
            'plan_same_as_step', 'plan_hires', 'plan_transfers', 'plan_rooms',
            'plan_area_m2', 'plan_equipment_yuan', 'plan_gap']) }}
),

receipts as (
    select county_code, file_sha256, max(seq) as seq
    from {{ ref('stg_deliveries') }}
    where source = 'plans'
    group by county_code, file_sha256
),

others as (
    select county_code, max(seq) as seq
    from {{ ref('stg_deliveries') }}
    where source <> 'plans' and county_code <> '' and status <> 'received'
    group by county_code
)

select l.*, coalesce(r.seq > o.seq, false) as is_current
from lines as l
left join receipts as r on l.county_code = r.county_code and l.file_sha256 = r.file_sha256
left join others as o on l.county_code = o.county_code
where not l.is_row_set_aside and l.plan_scenario is not null and l.plan_step is not null
