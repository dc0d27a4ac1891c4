{# The versions of a snapshot that held at the end of the day asked for. #}
{% macro as_known(snapshot) -%}
    (
        select * from {{ ref(snapshot) }}
        where known_from < cast(as_known_on as timestamp) + interval 1 day
            and (known_to is null or known_to >= cast(as_known_on as timestamp) + interval 1 day)
    )
{%- endmacro %}
