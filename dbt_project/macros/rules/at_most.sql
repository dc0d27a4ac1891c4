{% macro at_most(value, threshold) -%}
    ({{ value }} <= {{ threshold }} + {{ noise() }} * abs({{ threshold }}))
{%- endmacro %}
