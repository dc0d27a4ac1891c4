{#
    A table of bronze: where only the changed counties are done anew, of the partitions alone that hold what they
    delivered. For models that are kept county by county.
#}
{% macro bronze_of_changed_counties(table) -%}
    {%- set relation = source('bronze', table) -%}
    {%- if execute and changed_counties() -%}
        {{ relation.incorporate(path={'identifier': table ~ '_of_changed_counties'}) }}
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
