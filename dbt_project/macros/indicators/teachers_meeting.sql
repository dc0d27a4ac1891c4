{#
    The criterion of a share of the register of teachers: who meets the indicator, of all whom it counts. A register
    that came without a line of the indicator's schools counts nobody. How many teachers an absent school has is not
    known, but no school has more than a parameter says: that bounds the share.
#}
{% macro teachers_meeting(indicator_code) -%}
    select
        assessment_year,
        county_code,
        '{{ indicator_code }}' as indicator_code,
        'ratio' as part,
        case when form_reason is null and unknown + absent = 0 then meeting end as numerator,
        case when form_reason is null then teachers end as denominator,
        case
            when form_reason is null and unknown + absent > 0 then meeting / (meeting + failing + unknown + absent)
        end as low,
        case
            when form_reason is null and unknown + absent > 0
                then (meeting + unknown + absent) / (meeting + failing + unknown + absent)
        end as high,
        case
            when form_reason is not null then form_reason
            when unknown + absent > 0 then {{ row_reason('is_set_aside') }}
            when teachers = 0 then 'zero_denominator'
        end as reason,
        data_year,
        file_name as evidence
    from (
        select
            a.*,
            coalesce(t.teachers, 0) as teachers,
            coalesce(t.meeting, 0) as meeting,
            coalesce(t.failing, 0) as failing,
            coalesce(t.unknown, 0) as unknown,
            coalesce(t.schools_absent, 0) * {{ parameter('largest_staff', 'a.census_year') }} as absent,
            coalesce(t.is_set_aside, false) as is_set_aside
        from ({{ assessments_with('hr_teachers') }}) as a
        left join {{ ref('int_teachers') }} as t
            on a.data_year = t.data_year and a.county_code = t.county_code and t.indicator_code = '{{ indicator_code }}'
    )
{%- endmacro %}
