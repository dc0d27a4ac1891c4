-- The newest attestation of each indicator, item and school (blank: the county), as a number: yes 1, no 0; a
-- rating from poor 1 to excellent 4.
with attested as (
    {{ rows_in_force('attestation', 'attestations', ['attested_indicator', 'attested_item', 'school_id', 'evidence', 'attested_on'], ['attested_answer']) }}
)

select
    a.data_year as assessment_year,
    a.county_code,
    i.indicator_code,
    coalesce(i.item, '') as item,
    coalesce(a.school_id, '') as school_id,
    v.value,
    a.evidence,
    a.attested_on,
    a.is_set_aside
from attested as a
inner join {{ ref('attested_items') }} as i
    on upper(a.attested_indicator) = i.indicator_code
    and (coalesce(a.attested_item, '') = coalesce(i.item, '') or i.item is null)
    and (i.judged_at = 'school') = (a.school_id is not null)
left join {{ ref('attested_answers') }} as v on a.attested_answer = v.answer
qualify row_number() over (
    partition by a.data_year, a.county_code, i.indicator_code, i.item, a.school_id order by a.attested_on desc, a.row desc
) = 1
