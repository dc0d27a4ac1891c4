{#
    The rows of the changed counties; all rows where all is built anew. Named by a model where the planner does not
    take the filter on its outcome down by itself: into what is read twice, or joined from the outside.
#}
{% macro only_changed_counties(relation, alias='changed') -%}
    {%- set counties = execute and changed_counties() -%}
    {%- if counties -%}
        (select * from {{ relation }} where county_code in {{ counties }}) as {{ alias }}
    {%- else -%}
        {{ relation }}{{ ' as ' ~ alias if alias != 'changed' }}
    {%- endif -%}
{%- endmacro %}
