{# The next whole number; one that is whole but for noise stays. #}
{% macro rounded_up(value) -%}
    ceil({{ value }} - {{ noise() }} * abs({{ value }}))
{%- endmacro %}
