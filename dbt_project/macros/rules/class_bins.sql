{# The census' class-size bins, smallest first. The last is open: no class is known to have more than 999 pupils. #}
{% macro class_bins() -%}
    {%- do return([
        {'name': '25_or_fewer', 'lower': 1, 'upper': 25},
        {'name': '26_30', 'lower': 26, 'upper': 30},
        {'name': '31_35', 'lower': 31, 'upper': 35},
        {'name': '36_40', 'lower': 36, 'upper': 40},
        {'name': '41_45', 'lower': 41, 'upper': 45},
        {'name': '46_50', 'lower': 46, 'upper': 50},
        {'name': '51_55', 'lower': 51, 'upper': 55},
        {'name': '56_60', 'lower': 56, 'upper': 60},
        {'name': '61_65', 'lower': 61, 'upper': 65},
        {'name': '66_or_more', 'lower': 66, 'upper': 999},
    ]) -%}
{%- endmacro %}
