-- What was attested last of each indicator, item and school (blank: the county), as a number on the item's own scale:
-- yes 1, no 0; a rating from poor 1 to excellent 4. A line that was set aside attests nothing; of two lines of one date
-- the worse one stands.
with attested as (
    {{ rows_in_force('attestation', 'attestations',
        ['attested_indicator', 'attested_item', 'school_id', 'evidence', 'attested_on'], ['attested_answer']) }}
),

answered as (
    select
        a.data_year as assessment_year, a.county_code, i.indicator_code, coalesce(i.item, '') as item,
            coalesce(a.school_id, '') as school_id,
        case when not a.is_row_set_aside then v.value end as value,
        a.evidence, a.attested_on, a.is_set_aside
    from attested as a
    inner join {{ ref('attested_items') }} as i
        on upper(a.attested_indicator) = i.indicator_code
        and (coalesce(a.attested_item, '') = coalesce(i.item, '') or i.item is null)
        and (i.judged_at = 'school') = (a.school_id is not null)
    left join {{ ref('attested_answers') }} as v on a.attested_answer = v.answer and i.scale = v.scale
)

select assessment_year, county_code, indicator_code, item, school_id, value, evidence, attested_on, value is null
    and is_set_aside as is_set_aside
from answered
qualify row_number() over (
    partition by assessment_year, county_code, indicator_code, item, school_id
    order by value is null, attested_on desc nulls last, value, is_set_aside desc, evidence
) = 1
