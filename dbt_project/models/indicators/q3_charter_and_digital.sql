-- Q3 Charter, and digital management and teaching: attested for every school.
{{ attested_criteria('Q3') }}
