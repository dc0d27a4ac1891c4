{#
    A table whose rows of a county follow from that county's inputs alone. In an empty warehouse it is built
    whole; on what an earlier night built, only the counties that changed are taken out and put in anew, with
    the same SQL. A model that is kept so has `county_code` among its columns and in every group and window.
#}
{% materialization by_county, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if load_cached_relation(this) is none %}
        {% call statement('main') %}{{ create_table_as(false, target, compiled_code) }}{% endcall %}
    {%- else %}
        {%- set counties = changed_counties() %}
        {% call statement('main') %}
            delete from {{ target }} where county_code in {{ counties }};
            insert into {{ target }} by name
            select * from ({{ compiled_code }}) as anew where county_code in {{ counties }};
        {% endcall %}
    {%- endif %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {% do return({'relations': [target]}) %}
{% endmaterialization %}

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

{#
    The rows of the changed counties; all rows where all is built anew. Named by a model where the planner does not
    take the filter on its outcome down by itself: into what is read twice, or joined from the outside.
#}
{% macro of_changed_counties(relation, alias='changed') -%}
    {%- set counties = execute and changed_counties() -%}
    {%- if counties -%}
        (select * from {{ relation }} where county_code in {{ counties }}) as {{ alias }}
    {%- else -%}
        {{ relation }}{{ ' as ' ~ alias if alias != 'changed' }}
    {%- endif -%}
{%- endmacro %}

{#
    What a generic test looks at, by dbt's own hook: of a table or history kept county by county, the counties that
    changed. The others passed the same test the night they were built.
#}
{% macro get_where_subquery(relation) -%}
    {%- set kept = execute and graph.nodes.values()
        | selectattr('resource_type', 'in', ['model', 'snapshot'])
        | selectattr('name', 'equalto', relation.identifier)
        | selectattr('config.materialized', 'in', ['by_county', 'snapshot']) | list -%}
    {%- do return(of_changed_counties(relation) if kept else relation) -%}
{%- endmacro %}
