{#
    A table made anew in one statement. dbt's own builds it under another name, and renames and drops in transactions of
    their own, so that readers keep the old one meanwhile: nobody reads a warehouse that is being built.
#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') %}
        drop table if exists {{ target }};
        {{ create_table_as(false, target, rows_of(compiled_code)) }}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {% do return({'relations': [target]}) %}
{% endmaterialization %}
