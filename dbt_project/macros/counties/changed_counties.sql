{#
    The changed counties as a list of literals, which the planner can take down to every scan; none where all is built
    anew. The run says so in a variable of the environment, a list in JSON. The comment is where a recorded build
    (junheng/recorded_build.py) finds them.
#}
{% macro changed_counties() -%}
    {%- set counties = fromjson(env_var('JUNHENG_CHANGED_COUNTIES', 'null')) -%}
    {%- if counties is not none -%}
        {%- do return("/* changed counties */ ('" ~ counties | map('replace', "'", "''") | join("', '") ~ "')") -%}
    {%- endif -%}
{%- endmacro %}
