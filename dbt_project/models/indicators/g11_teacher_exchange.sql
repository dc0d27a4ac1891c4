-- G11a Teachers exchanged, of those eligible: at least 10 %. G11b Backbone teachers, of those exchanged: at least 20 %.
-- The ledger of exchange is one of events: once it has come, a school without a line had none.
with ledgers as ({{ assessments_with('hr_exchange') }}),

exchanged as (
    select
        f.*,
        i.indicator_code,
        coalesce(e.teachers_exchanged, 0) as exchanged,
        coalesce(e.teachers_unknown, 0) as unknown,
        coalesce(e.backbone_exchanged, 0) as backbone,
        coalesce(e.backbone_unknown, 0) as backbone_unknown,
        coalesce(e.is_set_aside, false) as is_set_aside,
        case when t.data_year is null then coalesce(g.reason, 'not_delivered') end as register_reason,
        t.meeting as eligible,
        t.unknown as eligible_unknown,
        t.schools_absent * {{ parameter('largest_staff', 'f.census_year') }} as absent,
        t.is_set_aside as is_register_set_aside
    from ledgers as f
    cross join (values ('G11a'), ('G11b')) as i (indicator_code)
    left join {{ ref('int_exchange') }} as e
        on f.data_year = e.data_year and f.county_code = e.county_code and i.indicator_code = e.indicator_code
    left join {{ ref('int_assessment_forms') }} as g
        on f.assessment_year = g.assessment_year and f.county_code = g.county_code and g.form = 'hr_teachers'
    -- Held against who may be exchanged by the register of the same school year.
    left join {{ ref('int_teachers') }} as t
        on f.data_year = t.data_year and f.county_code = t.county_code and t.indicator_code = 'G11a'
),

of_eligible as (
    select
        assessment_year,
        county_code,
        indicator_code,
        data_year,
        file_name,
        case when form_reason is null and unknown = 0 then exchanged end as numerator,
        case when register_reason is null and eligible_unknown + absent = 0 then eligible end as denominator,
        case
            when form_reason is not null then form_reason
            when register_reason is not null then register_reason
            when unknown > 0 then 'quarantined'
            when eligible_unknown + absent > 0 then {{ row_reason('is_register_set_aside') }}
            when eligible = 0 then 'zero_denominator'
        end as reason,
        form_reason is null and register_reason is null and unknown + eligible_unknown + absent > 0 as is_bounded,
        exchanged / nullif(eligible + eligible_unknown + absent, 0) as least,
        (exchanged + unknown) / nullif(eligible, 0) as most
    from exchanged
    where indicator_code = 'G11a'
),

of_exchanged as (
    select
        assessment_year,
        county_code,
        indicator_code,
        data_year,
        file_name,
        case when form_reason is null and unknown + backbone_unknown = 0 then backbone end as numerator,
        case when form_reason is null and unknown = 0 then exchanged end as denominator,
        case
            when form_reason is not null then form_reason
            when unknown + backbone_unknown > 0 then {{ row_reason('is_set_aside') }}
            when exchanged = 0 then 'zero_denominator'
        end as reason,
        form_reason is null and unknown + backbone_unknown > 0 as is_bounded,
        backbone / nullif(exchanged + unknown, 0) as least,
        (backbone + backbone_unknown + unknown) / nullif(exchanged + unknown, 0) as most
    from exchanged
    where indicator_code = 'G11b'
)

select
    assessment_year,
    county_code,
    indicator_code,
    'ratio' as part,
    numerator,
    denominator,
    case when is_bounded then least end as low,
    case when is_bounded then most end as high,
    reason,
    data_year,
    file_name as evidence
from (select * from of_eligible union all by name select * from of_exchanged)
