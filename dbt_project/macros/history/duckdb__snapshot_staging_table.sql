{#
    dbt's own comparison with what is on record, of rows only that differ: what says the same on both sides is left out
    first, one join at a time. Over the nation's millions of rows, dbt's several joins at once would not fit into
    memory. Figures are kept as they were computed; two that differ by noise only say the same.
#}
{% macro duckdb__snapshot_staging_table(strategy, source_sql, target_relation) -%}
    {%- set present = only_changed_counties('(' ~ source_sql ~ ') as present') -%}
    {%- do run_query('create or replace temp table present as select * from ' ~ present) -%}
    {%- do add_new_columns(target_relation) -%}
    {%- set on_record = only_changed_counties(target_relation) ~ ' where known_to is null' -%}
    {%- do run_query('create or replace temp view on_record as select * from ' ~ on_record) -%}
    {%- do run_query('create or replace temp table news as ' ~ rows_that_differ('present', 'on_record')) -%}
    {%- do run_query('create or replace temp table no_more as ' ~ rows_that_differ('on_record', 'present')) -%}
    {%- do run_query('drop table present') -%}
    {{ default__snapshot_staging_table(strategy, 'select * from news', 'no_more') }}
{%- endmacro %}
