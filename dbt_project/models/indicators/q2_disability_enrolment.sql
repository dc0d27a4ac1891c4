-- Q2 Enrolment of children with disabilities: those enrolled in any of three ways, of all, at least 95 %. The ways that
-- are known bound the sum from below.
with ways as (
    select
        *,
        disabled_children as denominator,
        disabled_in_special_schools + disabled_in_regular_classes + disabled_taught_at_home as numerator,
        coalesce(disabled_in_special_schools, 0) + coalesce(disabled_in_regular_classes, 0)
        + coalesce(disabled_taught_at_home, 0) as known
    from ({{ assessments_with_line('enrolment_county', 'int_enrolment_counties') }})
),

counties as (
    select *, case when numerator is null and denominator > 0 then known / denominator end as low
    from ways
)

{{ county_ratio('Q2', 'counties', low='q.low') }}
