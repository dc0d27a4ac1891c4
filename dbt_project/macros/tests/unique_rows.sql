{#
    Fails with the keys that stand more than once: `columns` are the grain of the model. Keys are counted by
    their hash first; only where hashes meet are the keys themselves compared.
#}
{% test unique_rows(model, columns) %}
    with hashes as (
        select hash({{ columns | join(', ') }}) as key_hash
        from {{ model }}
    ),

    meeting as (
        select key_hash from hashes
        group by key_hash
        having count(*) > 1
    )

    select {{ columns | join(', ') }}, count(*) as n
    from {{ model }}
    where hash({{ columns | join(', ') }}) in (select key_hash from meeting)
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
