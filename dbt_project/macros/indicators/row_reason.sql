{# Why a delivered table lacks a figure: a check set it aside, or nobody filled it in. #}
{% macro row_reason(is_set_aside) -%}
    case when {{ is_set_aside }} then 'quarantined' else 'not_reported' end
{%- endmacro %}
