{% macro above(value, limit) -%}
    ({{ value }} > {{ limit }} + {{ noise() }} * abs({{ limit }}))
{%- endmacro %}
