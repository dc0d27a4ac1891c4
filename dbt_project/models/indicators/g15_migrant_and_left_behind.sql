-- G15 Migrant and left-behind children: eligible migrant children in public or government-purchased places, of all
-- eligible, at least 85 %; and a care system for left-behind children, as attested.
with counties as (
    select *, migrant_children_placed as numerator, migrant_children_eligible as denominator
    from ({{ assessments_with_line('enrolment_county', 'int_enrolment_counties') }})
)

select * from ({{ county_ratio('G15', 'counties') }})
union all by name
select * from ({{ attested_criteria('G15') }})
