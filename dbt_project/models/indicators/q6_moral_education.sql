-- Q6 Moral education and campus culture: rated for every school.
{{ attested_criteria('Q6') }}
