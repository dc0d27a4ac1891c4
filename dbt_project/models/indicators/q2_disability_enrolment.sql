-- Q2 Enrolment of children with disabilities: those enrolled in any of three ways, of all, at least 95 %. The ways that
-- are known bound the sum from below.
with ways as (
    select
        a.*,
        e.disabled_children as denominator,
        e.disabled_in_special_schools + e.disabled_in_regular_classes + e.disabled_taught_at_home as numerator,
        coalesce(e.disabled_in_special_schools, 0) + coalesce(e.disabled_in_regular_classes, 0)
        + coalesce(e.disabled_taught_at_home, 0) as known,
        coalesce(a.form_reason, {{ row_reason('e.is_set_aside') }}) as missing_reason
    from ({{ assessments_with('enrolment_county') }}) as a
    left join {{ ref('int_enrolment_counties') }} as e on a.data_year = e.data_year and a.county_code = e.county_code
),

counties as (
    select *, case when numerator is null and denominator > 0 then known / denominator end as low
    from ways
)

{{ county_ratio('Q2', 'counties', low='q.low') }}
