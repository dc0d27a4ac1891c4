{#
    The rows of one side that the other side has not, or has otherwise. Figures that differ by noise only say the same.
#}
{% macro rows_that_differ(side, other_side, columns) -%}
    {%- set keys = [] -%}
    {%- for column in config.get('unique_key') -%}
        {%- do keys.append('one.' ~ column ~ ' = other.' ~ column) -%}
    {%- endfor -%}
    {%- set figures = columns | selectattr('data_type', 'equalto', 'DOUBLE') | map(attribute='column_name') | list -%}
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
