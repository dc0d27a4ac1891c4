{#
    The keys that stand more than once, and how often. Keys are counted by their hash first; only where hashes meet are
    the keys themselves compared.
#}
{% macro repeated_keys(relation, columns) -%}
    with hashes as (
        select hash({{ columns | join(', ') }}) as key_hash
        from {{ relation }}
    ),

    meeting as (
        select key_hash from hashes
        group by key_hash
        having count(*) > 1
    )

    select {{ columns | join(', ') }}, count(*) as n
    from {{ relation }}
    where hash({{ columns | join(', ') }}) in (select key_hash from meeting)
    group by {{ columns | join(', ') }}
    having count(*) > 1
{%- endmacro %}
