-- Full-time teachers of a school and stage by the resource indicators that each counts for (R1 degree, R2 backbone,
-- R3 PE and arts), where the register tells all three of a person. A stage that is not given is the only one of the
-- school.
with teachers as not materialized (
    {{ rows_in_force('hr', 'hr_teachers', ['school_id', 'person'], [
        'is_full_time', 'teaching_stage', 'has_above_required_degree', 'is_backbone', 'teaches_pe_or_arts',
    ]) }}
),

placed as (
    select
        t.data_year, t.county_code, t.school_id, t.person,
        coalesce(t.teaching_stage, case
            when k.has_primary and not k.has_junior and not k.has_senior then 'primary'
            when k.has_junior and not k.has_primary and not k.has_senior then 'junior' end) as stage,
        t.has_above_required_degree = 'yes' as is_r1,
        t.is_backbone = 'yes' as is_r2,
        t.teaches_pe_or_arts = 'yes' as is_r3
    from teachers as t
    inner join {{ only_changed_counties(ref('int_school_roster'), 'r') }}
        on t.data_year = r.census_year and t.county_code = r.county_code and t.school_id = r.school_id
    inner join {{ ref('school_types') }} as k on r.school_type = k.school_type
    where t.is_full_time = 'yes' and not t.is_row_set_aside and t.has_above_required_degree is not null
        and t.is_backbone is not null and t.teaches_pe_or_arts is not null
)

select
    data_year,
    county_code,
    school_id,
    stage,
    is_r1,
    is_r2,
    is_r3,
    cast(count(distinct person) as integer) as teachers
from placed
where stage in ('primary', 'junior')
group by data_year, county_code, school_id, stage, is_r1, is_r2, is_r3
