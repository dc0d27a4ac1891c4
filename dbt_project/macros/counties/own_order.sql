{# The order that a query ends with, '' where it has none. The last line may also be that of a window. #}
{% macro own_order(sql) -%}
    {%- set last_line = sql.rstrip().splitlines()[-1].strip() -%}
    {%- set is_whole = last_line.count('(') == last_line.count(')') -%}
    {%- do return(last_line if last_line.startswith('order by') and is_whole else '') -%}
{%- endmacro %}
