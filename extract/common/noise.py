"""Two figures that differ by less, relative to the greater, are the same one: as macro ``noise`` of the dbt project."""

NOISE = 1e-9
