{#
    After the view of the census cells is made: beside it, under its name, a function that reads some columns
    (`<stage>.<measure>`) of some schools alone. A line has a hundred, and to look through one costs as much as to
    read it.
#}
{% macro census_cells_of_schools() -%}
    create or replace macro {{ this.include(database=false) }}(of_year, of_county, of_schools, of_columns) as table
    {{ census_cells(
        columns='lambda name: list_contains(of_columns, name)',
        condition='census_year = of_year and county_code = of_county and list_contains(of_schools, school_id)',
    ) }}
{%- endmacro %}
