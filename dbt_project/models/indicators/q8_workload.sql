-- Q8 No excessive workload: attested for every school.
{{ attested_criteria('Q8') }}
