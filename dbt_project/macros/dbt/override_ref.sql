{#
    A relation of the warehouse, named without the file it lies in: so a view still reads its own file
    after that was copied, renamed, or attached under another name.
#}
{% macro ref() -%}
    {%- set relation = builtins.ref(*varargs, **kwargs) -%}
    {%- do return(relation.include(database=false)) -%}
{%- endmacro %}
