-- Q7 Full curriculum: attested for every school.
{{ attested_criteria('Q7') }}
