-- The lines in force, cell by cell.
{{ config(post_hook="{{ census_cells_of_schools() }}") }}
{{ census_cells() }}
