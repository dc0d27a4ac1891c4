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
    {{ default__snapshot_staging_table(strategy, 'select * from ' ~ of_changed_counties('(' ~ source_sql ~ ') as present'), of_changed_counties(target_relation)) }}
{%- endmacro %}

{# What was believed of the same receipts under other rules was never known: a version has to last. #}
{% macro forget_what_never_held() -%}
    delete from {{ this }} where known_to <= known_from
{%- endmacro %}

{# A figure as it is kept on record: without the last digits, which hang on the order in which numbers were added up. #}
{% macro on_record(figure) -%}
    round({{ figure }}, 8) as {{ figure }}
{%- endmacro %}
