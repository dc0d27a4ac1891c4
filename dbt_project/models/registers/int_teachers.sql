-- Counts over the register of teachers, by county, year and indicator, each person once and only of the schools that
-- the indicator covers: who is counted, who is known to meet it, who is known not to, of whom it is unknown. Set-aside
-- lines of persons who stand nowhere else are unknown. Millions of lines are read twice rather than kept.
with teachers as not materialized (
    {{ rows_in_force('hr', 'hr_teachers', ['school_id', 'person'], [
        'is_full_time', 'has_certificate', 'is_eligible_for_exchange', 'years_of_service', 'training_hours',
            'teaching_stage',
    ]) }}
),

{%- set codes = ['G9', 'G12', 'G11a'] %}
{%- set hours = parameter('g9_hours', 't.data_year') %}

-- Which of the indicators cover a school; of a school whose type nobody knows, all do.
schools as (
    select
        r.census_year, r.county_code, r.school_id
        {%- for code in codes %},
        bool_or(coalesce(i.indicator_code = '{{ code }}', r.school_type is null)) as in_{{ code }}
        {%- endfor %}
    from {{ only_changed_counties(ref('int_school_roster'), 'r') }}
    left join {{ ref('indicator_scope') }} as i
        on i.indicator_code in ('{{ codes | join("', '") }}') and {{ covers('i', 'r') }}
    group by r.census_year, r.county_code, r.school_id
),

{%- for code in codes %}
absent_{{ code }} as ({{ schools_absent('(select distinct data_year, county_code, school_id from teachers)', code) }}),
{%- endfor %}

-- Senior teachers of a complete secondary school count nowhere. A person set aside counts once, unless a sound line
-- names him too.
lines as (
    select
        t.*,
        -- Who has taught for fewer years owes the hours of those years.
        case
            when t.years_of_service < {{ parameter('g9_full_years', 't.data_year') }}
                then least({{ hours }}, t.years_of_service * {{ parameter('g9_hours_per_year', 't.data_year') }})
            when t.years_of_service is not null then {{ hours }}
        end as hours_owed
        {%- for code in codes %}, coalesce(s.in_{{ code }}, true) as in_{{ code }}{% endfor %}
    from teachers as t
    left join schools as s on t.data_year = s.census_year and t.county_code = s.county_code
        and t.school_id = s.school_id
    where t.teaching_stage is distinct from 'senior'
),

unreadable as (
    select
        a.data_year, a.county_code
        {%- for code in codes %},
        count(distinct coalesce(a.person, cast(a.row as varchar))) filter (where a.in_{{ code }}) as persons_{{ code }}
        {%- endfor %}
    from lines as a
    where a.is_row_set_aside and not exists (
        select 1 from teachers as t
        where t.data_year = a.data_year and t.county_code = a.county_code and t.person = a.person
            and not t.is_row_set_aside
    )
    group by a.data_year, a.county_code
),

judged as (
    select
        l.data_year, l.county_code, l.is_set_aside, l.is_row_set_aside,
        -- Of whom nobody knows whether he teaches full time, only what he surely meets is no matter.
        l.in_G9 and l.is_full_time is distinct from 'no' as is_of_G9,
        l.is_full_time = 'yes' as is_surely_of_G9,
        {{ at_least('l.training_hours', 'l.hours_owed') }} as meets_G9,
        l.in_G12 and l.is_full_time is distinct from 'no' as is_of_G12,
        l.is_full_time = 'yes' as is_surely_of_G12,
        l.has_certificate = 'yes' as meets_G12,
        l.in_G11a as is_of_G11a,
        true as is_surely_of_G11a,
        l.is_eligible_for_exchange = 'yes' as meets_G11a
    from lines as l
),

counted as (
    select
        data_year, county_code, bool_or(is_set_aside) as is_set_aside
        {%- for code in codes %},
        count(*) filter (where not is_row_set_aside and is_of_{{ code }}
            and is_surely_of_{{ code }}) as teachers_{{ code }},
        count(*) filter (where not is_row_set_aside and is_of_{{ code }} and is_surely_of_{{ code }}
            and meets_{{ code }}) as meeting_{{ code }},
        count(*) filter (where not is_row_set_aside and is_of_{{ code }} and is_surely_of_{{ code }}
            and not meets_{{ code }}) as failing_{{ code }},
        count(*) filter (where not is_row_set_aside and is_of_{{ code }}
            and (meets_{{ code }} is null or (is_surely_of_{{ code }} is null
            and not meets_{{ code }}))) as unknown_{{ code }}
        {%- endfor %}
    from judged
    group by data_year, county_code
)

{% for code in codes %}
select
    c.data_year,
    c.county_code,
    '{{ code }}' as indicator_code,
    c.teachers_{{ code }} as teachers,
    c.meeting_{{ code }} as meeting,
    c.failing_{{ code }} as failing,
    c.unknown_{{ code }} + coalesce(u.persons_{{ code }}, 0) as unknown,
    coalesce(a.schools_absent, 0) as schools_absent,
    c.is_set_aside
from counted as c
left join unreadable as u using (data_year, county_code)
left join absent_{{ code }} as a using (data_year, county_code)
{{ 'union all' if not loop.last }}
{%- endfor %}
