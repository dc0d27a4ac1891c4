{#
    The changed counties as a list of literals, which the planner can take down to every scan; none where all is built
    anew. The run says so in a variable of the environment, a list in JSON.
#}
{% macro changed_counties() -%}
    {%- set counties = fromjson(env_var('JUNHENG_CHANGED_COUNTIES', 'null')) -%}
    {%- if counties is not none -%}
        {%- do return("('" ~ counties | map('replace', "'", "''") | join("', '") ~ "')") -%}
    {%- endif -%}
{%- endmacro %}
