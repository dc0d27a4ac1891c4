{#
    Since when what is built here is known: the receipt of the last batch, never the clock, so that history follows from
    the ledger alone.
#}
{% macro receipt_time() -%}
    {%- if execute -%}
        cast('{{ run_query('select max(known_at) from bronze.ledger').columns[0].values()[0] }}' as timestamp)
    {%- else -%}
        cast(null as timestamp)
    {%- endif -%}
{%- endmacro %}
