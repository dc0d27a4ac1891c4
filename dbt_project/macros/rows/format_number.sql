{# A number as a person writes it: whole ones without decimals. #}
{% macro format_number(number) -%}
    case when {{ number }} = trunc({{ number }}) and abs({{ number }}) < 1e15
        then cast(cast({{ number }} as bigint) as varchar) else cast({{ number }} as varchar) end
{%- endmacro %}
