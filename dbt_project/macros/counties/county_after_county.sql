{#
    The rows of a new table county after county, unless the model orders them itself or says in its `meta` that it need
    not: DuckDB knows the least and the greatest county of each hundred thousand rows, and who asks for one county reads
    no others.
#}
{% macro county_after_county(sql) -%}
    {%- if own_order(sql) or not config.get('meta', {}).get('is_sorted', true) -%}
        {{ sql }}
    {%- else -%}
        select * from ({{ sql }}) as unordered order by county_code
    {%- endif -%}
{%- endmacro %}
