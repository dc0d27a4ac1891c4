{# What people attest of an indicator, of the county or of each school. #}
{% macro attested_criteria(indicator_code) -%}
    select * from {{ ref('int_attested_criteria') }}
    where indicator_code = '{{ indicator_code }}'
{%- endmacro %}
