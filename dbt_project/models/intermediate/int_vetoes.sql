-- Whether each veto occurred, as attested last.
with attested as ({{ rows_in_force('attestation', 'vetoes', ['veto', 'evidence', 'attested_on'], ['veto_occurred']) }})

select data_year as assessment_year, county_code, veto, veto_occurred, evidence, attested_on
from attested
where veto is not null
qualify row_number() over (partition by data_year, county_code, veto order by attested_on desc, row desc) = 1
