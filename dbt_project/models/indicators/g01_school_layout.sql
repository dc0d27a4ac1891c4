-- G1 School layout: attested for the county.
{{ attested_criteria('G1') }}
