{# Student's t, 97.5 %, by degrees of freedom; from ten on the value of ten, which is on the safe side. #}
{% macro t_quantile(degrees) -%}
    list_extract([12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228], least({{ degrees }}, 10))
{%- endmacro %}
