{#
    What a table is made of: the model's own query; or, where Spark has answered it, that answer, in the columns, types
    and order of the query (docs/engineering/many-machines.md).
#}
{% macro rows_of(sql) -%}
    {%- if execute and model.name in fromjson(env_var('JUNHENG_MODELS_OF_SPARK', '[]')) -%}
        select
        {%- for column in run_query('describe ' ~ sql).rows %}
            cast("{{ column[0] }}" as {{ column[1] }}) as "{{ column[0] }}"{{ ',' if not loop.last }}
        {%- endfor %}
        from read_parquet('spark/{{ this.schema }}.{{ this.identifier }}/*.parquet')
        {{ own_order(sql) }}
    {%- else -%}
        {{ sql }}
    {%- endif -%}
{%- endmacro %}
