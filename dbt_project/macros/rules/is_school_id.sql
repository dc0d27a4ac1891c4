{# Whether a text is a 标识码: ten digits; false where there is none. #}
{% macro is_school_id(text) -%}
    coalesce(regexp_full_match({{ text }}, '[0-9]{10}'), false)
{%- endmacro %}
