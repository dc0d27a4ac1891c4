-- Counts over the register of teachers, by county and year, for the schools each indicator covers: full-time
-- teachers, those with their training hours, those certified, those who may be exchanged; nothing where a school has
-- no teacher in the register. Millions of lines are read twice rather than kept.
with teachers as not materialized (
    {{ rows_in_force('hr', 'hr_teachers', ['school_id', 'person'], [
        'is_full_time', 'has_certificate', 'is_eligible_for_exchange', 'years_of_service', 'training_hours',
    ]) }}
),

absent as ({{ schools_absent('(select distinct data_year, county_code, school_id from teachers)', 'G12') }}),

judged as (
    select
        t.*,
        coalesce(r.run_by = 'private', false) as is_private,
        least({{ parameter('g9_hours', 't.data_year') }}, case
            when t.years_of_service < {{ parameter('g9_full_years', 't.data_year') }}
                then t.years_of_service * {{ parameter('g9_hours_per_year', 't.data_year') }}
            else {{ parameter('g9_hours', 't.data_year') }}
        end) as hours_due
    from teachers as t
    left join {{ ref('int_school_roster') }} as r
        on t.data_year = r.census_year and t.county_code = r.county_code and t.school_id = r.school_id
)

select
    j.data_year,
    j.county_code,
    count(*) filter (where is_full_time = 'yes') as full_time_teachers,
    case when max(coalesce(a.schools_absent, 0)) = 0 and not bool_or(is_full_time = 'yes' and (training_hours is null or years_of_service is null))
        then count(*) filter (where is_full_time = 'yes' and training_hours >= hours_due) end as teachers_trained,
    case when max(coalesce(a.schools_absent, 0)) = 0 and not bool_or(is_full_time = 'yes' and has_certificate is null)
        then count(*) filter (where is_full_time = 'yes' and has_certificate = 'yes') end as teachers_certified,
    case when max(coalesce(a.schools_absent, 0)) = 0 and not bool_or(not is_private and is_eligible_for_exchange is null)
        then count(*) filter (where not is_private and is_eligible_for_exchange = 'yes') end as teachers_eligible,
    bool_or(is_set_aside) as is_set_aside
from judged as j
left join absent as a on j.data_year = a.data_year and j.county_code = a.county_code
group by j.data_year, j.county_code
