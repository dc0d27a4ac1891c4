-- G2 Four standards unified between town and country: one attestation for each of them.
{{ attested_criteria('G2') }}
