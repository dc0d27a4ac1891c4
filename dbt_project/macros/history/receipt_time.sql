{#
    Since when what is built here is known: the receipt of the last batch, never the clock, so that history follows from
    the ledger alone. A query and not its answer: what is sent says nothing of the night it is sent in.
#}
{% macro receipt_time() -%}
    cast((select max(known_at) from bronze.ledger) as timestamp)
{%- endmacro %}
