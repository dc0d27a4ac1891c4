{# What was believed of the same receipts under other rules was never known: a version has to last. #}
{% macro delete_zero_length_versions() -%}
    delete from {{ this }} where known_to <= known_from
{%- endmacro %}
