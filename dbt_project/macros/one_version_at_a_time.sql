{#
    Fails where two versions of one key hold at once, or a version ends before it begins: `columns` are the key of a
    snapshot. Only keys with several versions are compared, by their hash first.
#}
{% test one_version_at_a_time(model, columns) %}
    with several as (
        select hash({{ columns | join(', ') }}) as key_hash
        from {{ model }}
        group by key_hash
        having count(*) > 1
    ),

    ordered as (
        select
            {{ columns | join(', ') }}, known_from, known_to,
            lead(known_from) over (partition by {{ columns | join(', ') }} order by known_from, known_to nulls last) as next_from
        from {{ model }}
        where hash({{ columns | join(', ') }}) in (select key_hash from several)
    )

    select {{ columns | join(', ') }}, known_from, known_to, next_from
    from ordered
    where next_from < coalesce(known_to, timestamp '9999-12-31')
    union all
    select {{ columns | join(', ') }}, known_from, known_to, null
    from {{ model }}
    where known_to <= known_from
{% endtest %}
