{# Drop versions that start and end at the same moment: the same receipts, judged by other rules. #}
{% macro delete_zero_length_versions() -%}
    delete from {{ this }} where known_to <= known_from
{%- endmacro %}
