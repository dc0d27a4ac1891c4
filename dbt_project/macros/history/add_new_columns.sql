{# A column that a snapshot did not have when its first versions were written: unknown in those. #}
{% macro add_new_columns(target_relation) -%}
    {%- set known = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
    {%- for column in run_query(columns_of_present()).rows -%}
        {%- if column[0] not in known -%}
            {%- do run_query('alter table ' ~ target_relation ~ ' add column ' ~ column[0] ~ ' ' ~ column[1]) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
