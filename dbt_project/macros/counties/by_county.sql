{#
    A table whose rows of a county follow from that county's inputs alone. In an empty warehouse it is built
    whole; on what an earlier night built, only the counties that changed are taken out and put in anew, with
    the same SQL. A model that is kept so has `county_code` among its columns and in every group and window.
#}
{% materialization by_county, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if load_cached_relation(this) is none %}
        {% call statement('main') -%}
            {{ create_table_as(false, target, county_after_county(rows_of(compiled_code))) }}
        {%- endcall %}
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
