{# The columns of temp table `present`: column_name, data_type, and whether a snapshot on record has them. #}
{% macro columns_beside(snapshot) -%}
    {%- do return(run_query(
        "select column_name, data_type, column_name in (select column_name from duckdb_columns() where schema_name = '"
        ~ snapshot.schema ~ "' and table_name = '" ~ snapshot.identifier ~ "') as is_on_record"
        ~ " from duckdb_columns() where table_name = 'present'"
    ).rows) -%}
{%- endmacro %}
