{% macro columns_of_present() -%}
    select column_name, data_type from duckdb_columns() where table_name = 'present'
{%- endmacro %}
