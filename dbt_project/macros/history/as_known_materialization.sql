{#
    A view with two parameters: what was known on a day, and the day that what depends on today is told for. It is
    asked by its own name, `marts.mart_target_progress(date '2025-06-30', date '2025-06-30')`; without parameters it
    tells what is known now, as of today. dbt-duckdb's own table_function makes the macro only; readers want the plain
    name as well, under the model's contract.
#}
{% materialization as_known, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {%- set asked = this.include(database=false) -%}
    {%- set now = 'select * from ' ~ asked ~ "(date '9999-12-30', current_date)" -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') %}
        create or replace macro {{ asked }}(as_known_on, as_of) as table {{ compiled_code }}
    {% endcall %}
    {% call statement('now') %}
        {%- if config.get('contract').enforced %}{{ get_assert_columns_equivalent(now) }}{% endif %}
        create or replace view {{ target }} as {{ now }}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {% do return({'relations': [target]}) %}
{% endmaterialization %}
