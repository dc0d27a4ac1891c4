{#
    A model as Spark keeps it: Parquet in a folder of its own, read by the models after it and by DuckDB. All of it is
    built every time; what an earlier run left in the folder is replaced.
#}
{% macro built_as_parquet() -%}
    {%- set folder = env_var('JUNHENG_SPARK_FOLDER') ~ '/' ~ this.schema ~ '.' ~ this.identifier -%}
    {%- set target = this.incorporate(type='table') -%}
    {% call statement('main') %}
        insert overwrite directory '{{ folder }}' using parquet {{ adapter.translated(compiled_code) }}
    {% endcall %}
    {% do run_query('drop table if exists ' ~ target) %}
    {% do run_query("create table " ~ target ~ " using parquet location '" ~ folder ~ "'") %}
    {% do return({'relations': [target]}) %}
{%- endmacro %}

{% materialization table, adapter='sparkfromduckdb' %}
    {% do return(built_as_parquet()) %}
{% endmaterialization %}

{% materialization by_county, adapter='sparkfromduckdb' %}
    {% do return(built_as_parquet()) %}
{% endmaterialization %}

{% materialization view, adapter='sparkfromduckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {% call statement('main') %}
        create or replace view {{ target }} as {{ adapter.translated(compiled_code) }}
    {% endcall %}
    {% do return({'relations': [target]}) %}
{% endmaterialization %}
