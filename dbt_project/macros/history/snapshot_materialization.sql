{#
    Each version of a row, from the receipt that brought it (`known_from`) until the one that changed it or took it away
    (`known_to`). What dbt's own snapshots do by the strategy `check` with `hard_deletes: invalidate`, in a tenth of the
    statements, and of the changed counties only. Both sides are reduced to the rows that differ, one join at a time:
    over the nation's millions of rows dbt's several joins at once would not fit into memory.

    A version that starts and ends at the same moment (the same receipts, judged by other rules) is none. A column that
    a snapshot did not have when its first versions were written is unknown in those.
#}
{% materialization snapshot, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set at = receipt_time() -%}
    {%- set version = at ~ ' as recorded_at, ' ~ at ~ ' as known_from, cast(null as timestamp) as known_to' %}
    {{ run_hooks(pre_hooks) }}
    {%- if load_cached_relation(this) is none %}
        {% call statement('main') -%}
            {{ create_table_as(false, target, 'select *, ' ~ version ~ ' from ('
                ~ county_after_county(compiled_code) ~ ') as present') }}
        {%- endcall %}
    {%- else %}
        {%- do run_query('create or replace temp table present as select * from '
            ~ only_changed_counties('(' ~ compiled_code ~ ') as present')) %}
        {%- set columns = columns_beside(target) %}
        {% call statement('main') %}
            {%- for column in columns if not column.is_on_record %}
            alter table {{ target }} add column {{ column.column_name }} {{ column.data_type }};
            {%- endfor %}
            create or replace temp view in_force as
            select *, rowid as version from {{ target }} where known_to is null;
            create or replace temp view on_record as select * from {{ only_changed_counties('in_force') }};
            create or replace temp table news as {{ rows_that_differ('present', 'on_record', columns) }};
            create or replace temp table no_more as {{ rows_that_differ('on_record', 'present', columns) }};
            update {{ target }} set known_to = {{ at }}
            where known_to is null and rowid in (select version from no_more);
            insert into {{ target }} by name select *, {{ version }} from news;
            delete from {{ target }} where known_to <= known_from;
        {% endcall %}
    {%- endif %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {% do return({'relations': [target]}) %}
{% endmaterialization %}
