{#
    The changed counties as a list of literals, which the planner can take down to every scan; none where all is built
    anew, which `bronze.changed_counties` says by its one row '*'; a published warehouse has no schema `bronze`.
#}
{% macro changed_counties() -%}
    {%- if not run_query("from duckdb_schemas() where schema_name = 'bronze'").rows -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set changed = run_query('select county_code from bronze.changed_counties order by county_code') -%}
    {%- set counties = changed.columns[0].values() -%}
    {%- if '*' not in counties -%}
        {%- do return("('" ~ counties | map('replace', "'", "''") | join("', '") ~ "')") -%}
    {%- endif -%}
{%- endmacro %}
