"""What if: a county's figures with changes that nobody has made yet, judged by the warehouse's own SQL."""
