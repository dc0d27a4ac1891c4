{#
    Since when what is built here is known: the receipt of the last batch, never the clock. dbt's snapshots take it as
    their time, so history follows from the ledger alone.
#}
{% macro duckdb__snapshot_get_time() -%}
    {%- if execute -%}
        cast('{{ run_query('select max(known_at) from bronze.ledger').columns[0].values()[0] }}' as timestamp)
    {%- else -%}
        cast(null as timestamp)
    {%- endif -%}
{%- endmacro %}

{# dbt's own comparison with what is on record, of the changed counties only where only these were built anew. #}
{% macro duckdb__snapshot_staging_table(strategy, source_sql, target_relation) -%}
    {%- if changed_counties() -%}
        {{ default__snapshot_staging_table(strategy, 'select * from ' ~ of_changed_counties('(' ~ source_sql ~ ') as present'), of_changed_counties(target_relation)) }}
    {%- else -%}
        {{ compared_where_they_differ(strategy, source_sql, target_relation) }}
    {%- endif -%}
{%- endmacro %}

{#
    The same where all was built anew, of rows only that differ: what says the same on both sides is left out first, one
    join at a time. Over the nation's millions of rows, dbt's several joins at once would not fit into memory.
#}
{% macro compared_where_they_differ(strategy, source_sql, target_relation) -%}
    {%- set same = [] -%}
    {%- for column in config.get('unique_key') + config.get('check_cols') -%}
        {%- do same.append('one.' ~ column ~ ' is not distinct from other.' ~ column) -%}
    {%- endfor -%}
    {%- set unlike = 'not exists (select 1 from {} as other where ' ~ same | join(' and ') ~ ')' -%}
    {%- do run_query('create or replace temp table present as ' ~ source_sql) -%}
    {%- do run_query('create or replace temp view on_record as select * from ' ~ target_relation ~ ' where known_to is null') -%}
    {%- do run_query('create or replace temp table news as select * from present as one where ' ~ unlike.replace('{}', 'on_record')) -%}
    {%- do run_query('create or replace temp table no_more as select * from on_record as one where ' ~ unlike.replace('{}', 'present')) -%}
    {%- do run_query('drop table present') -%}
    {{ default__snapshot_staging_table(strategy, 'select * from news', 'no_more') }}
{%- endmacro %}

{# What was believed of the same receipts under other rules was never known: a version has to last. #}
{% macro forget_what_never_held() -%}
    delete from {{ this }} where known_to <= known_from
{%- endmacro %}

{# A figure as it is kept on record: without the last digits, which hang on the order in which numbers were added up. #}
{% macro on_record(figure) -%}
    round({{ figure }}, 8) as {{ figure }}
{%- endmacro %}
