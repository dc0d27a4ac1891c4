{% macro below(value, limit) -%}
    ({{ value }} < {{ limit }} - {{ noise() }} * abs({{ limit }}))
{%- endmacro %}
