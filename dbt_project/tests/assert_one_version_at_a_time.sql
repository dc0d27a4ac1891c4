-- In no snapshot do two versions of one key hold at once, or a version end before it begins. All snapshots go through
-- one statement; only keys with several versions are compared, by their hash first.
{%- set snapshots = [
    'snapshot_coefficients', 'snapshot_group_exchange', 'snapshot_group_members', 'snapshot_group_records',
        'snapshot_indicator_results', 'snapshot_recognition',
    'snapshot_remediation', 'snapshot_resource_values', 'snapshot_school_compliance', 'snapshot_schools',
        'snapshot_scorecards', 'snapshot_targets',
] %}
with versions as (
    {%- for name in snapshots %}
    {%- set relation = ref(name) %}
    {%- set nodes = graph.nodes.values() | selectattr('name', 'equalto', name) if execute else [] %}
    {%- set keys = (nodes | map(attribute='config.unique_key') | first | default(['county_code'], true)) | join(', ') %}
    select '{{ name }}' as snapshot, concat_ws('|', {{ keys }}) as key, known_from, known_to
    from {{ only_changed_counties(relation) }}
    where known_to <= known_from
        or hash({{ keys }}) in (select hash({{ keys }}) from {{ only_changed_counties(relation) }} group by all
            having count(*) > 1)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

ordered as (
    select *, lead(known_from) over (partition by snapshot, key order by known_from, known_to nulls last) as next_from
    from versions
)

select * from ordered
where known_to <= known_from or next_from < coalesce(known_to, timestamp '9999-12-31')
