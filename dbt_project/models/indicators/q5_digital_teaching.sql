-- Q5 Digital teaching, equipment well used: attested for every school.
{{ attested_criteria('Q5') }}
