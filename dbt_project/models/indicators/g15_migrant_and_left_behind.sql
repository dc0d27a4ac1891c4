-- G15 Migrant and left-behind children: eligible migrant children in public or government-purchased places, of all
-- eligible, at least 85 %; and a care system for left-behind children, as attested.
with counties as (
    select
        a.*,
        e.migrant_children_placed as numerator,
        e.migrant_children_eligible as denominator,
        coalesce(a.form_reason, {{ row_reason('e.is_set_aside') }}) as missing_reason
    from ({{ assessments_with('enrolment_county') }}) as a
    left join {{ ref('int_enrolment_counties') }} as e on a.data_year = e.data_year and a.county_code = e.county_code
)

select * from ({{ county_ratio('G15', 'counties') }})
union all by name
select * from ({{ attested_criteria('G15') }})
