-- Whether each veto occurred. Lines with evidence of every accepted file of the assessment year count together, so that
-- a newer list takes no veto back by leaving it out; a later line does. Of two lines of one date the worse one stands;
-- a veto without a date is taken back by none. A line that was set aside neither raises nor lifts one.
with attested as (
    {{ rows_in_force('attestation', 'vetoes',
        ['veto', 'evidence', 'attested_on'], ['veto_occurred'], ['in_force', 'replaced']) }}
)

select
    data_year as assessment_year, county_code, veto,
    case when not is_row_set_aside then veto_occurred end as veto_occurred,
    evidence, attested_on,
    is_row_set_aside or (veto_occurred is null and is_set_aside) as is_set_aside
from attested
where veto is not null
qualify row_number() over (
    partition by data_year, county_code, veto
    order by
        is_row_set_aside or veto_occurred is null,
        coalesce(attested_on, case when veto_occurred = 'yes' then '9999-12-31' else '' end) desc,
        veto_occurred desc, evidence, file_sha256, row
) = 1
