{% macro at_least(value, threshold) -%}
    ({{ value }} >= {{ threshold }} - {{ noise() }} * abs({{ threshold }}))
{%- endmacro %}
