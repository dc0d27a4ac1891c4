-- Where a county attests with evidence that there is nobody whom an indicator asks about: one row per assessment and
-- indicator.
select a.assessment_year, a.county_code, a.indicator_code, a.evidence
from {{ ref('int_attestations') }} as a
inner join {{ ref('attested_items') }} as i on a.indicator_code = i.indicator_code and a.item = i.item
where i.role = 'none_exists' and a.value = 1
