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

{#
    dbt's own comparison with what is on record, of rows only that differ: what says the same on both sides is left out
    first, one join at a time. Over the nation's millions of rows, dbt's several joins at once would not fit into
    memory. Figures are kept as they were computed; two that differ by noise only say the same.
#}
{% macro duckdb__snapshot_staging_table(strategy, source_sql, target_relation) -%}
    {%- set present = of_changed_counties('(' ~ source_sql ~ ') as present') -%}
    {%- do run_query('create or replace temp table present as select * from ' ~ present) -%}
    {%- do add_new_columns(target_relation) -%}
    {%- set on_record = of_changed_counties(target_relation) ~ ' where known_to is null' -%}
    {%- do run_query('create or replace temp view on_record as select * from ' ~ on_record) -%}
    {%- do run_query('create or replace temp table news as ' ~ rows_that_differ('present', 'on_record')) -%}
    {%- do run_query('create or replace temp table no_more as ' ~ rows_that_differ('on_record', 'present')) -%}
    {%- do run_query('drop table present') -%}
    {{ default__snapshot_staging_table(strategy, 'select * from news', 'no_more') }}
{%- endmacro %}

{# The rows of one side that the other side has not, or has otherwise. #}
{% macro rows_that_differ(side, other_side) -%}
    {%- set keys = [] -%}
    {%- for column in config.get('unique_key') -%}
        {%- do keys.append('one.' ~ column ~ ' = other.' ~ column) -%}
    {%- endfor -%}
    {%- set doubles = run_query(columns_of_present() ~ " and data_type = 'DOUBLE'") -%}
    {%- set figures = doubles.columns[0].values() -%}
    {%- set unlike = ['other.county_code is null'] -%}
    {%- for column in config.get('check_cols') -%}
        {%- if column in figures -%}
            {%- set one, other = 'one.' ~ column, 'other.' ~ column -%}
            {%- set same = one ~ ' is not distinct from ' ~ other -%}
            {%- do unlike.append('not coalesce(' ~ alike(one, other) ~ ', ' ~ same ~ ')') -%}
        {%- else -%}
            {%- do unlike.append('one.' ~ column ~ ' is distinct from other.' ~ column) -%}
        {%- endif -%}
    {%- endfor -%}
    select one.* from {{ side }} as one left join {{ other_side }} as other on {{ keys | join(' and ') }}
    where {{ unlike | join(' or ') }}
{%- endmacro %}

{# A column that a snapshot did not have when its first versions were written: unknown in those. #}
{% macro add_new_columns(target_relation) -%}
    {%- set known = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
    {%- for column in run_query(columns_of_present()).rows -%}
        {%- if column[0] not in known -%}
            {%- do run_query('alter table ' ~ target_relation ~ ' add column ' ~ column[0] ~ ' ' ~ column[1]) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{# What was believed of the same receipts under other rules was never known: a version has to last. #}
{% macro forget_what_never_held() -%}
    delete from {{ this }} where known_to <= known_from
{%- endmacro %}

{% macro columns_of_present() -%}
    select column_name, data_type from duckdb_columns() where table_name = 'present'
{%- endmacro %}
