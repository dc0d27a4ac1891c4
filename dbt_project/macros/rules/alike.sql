{% macro alike(value, other) -%}
    (abs({{ value }} - {{ other }}) <= {{ noise() }} * greatest(abs({{ value }}), abs({{ other }})))
{%- endmacro %}
