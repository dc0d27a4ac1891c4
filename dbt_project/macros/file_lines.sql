{#
    One row per line of a source's files, with the declared values as columns: `texts` and `numbers` map
    the column's name to the measure in the form definition.
#}
{% macro file_lines(source_name, texts, numbers={}) -%}
    select
        c.year,
        c.file_sha256,
        c.row
        {%- for name, measure in texts.items() %},
        any_value(c.text) filter (where c.measure = '{{ measure }}') as {{ name }}
        {%- endfor %}
        {%- for name, measure in numbers.items() %},
        any_value(c.number) filter (where c.measure = '{{ measure }}' and c.problem is null) as {{ name }}
        {%- endfor %}
    from {{ source('bronze', 'cells') }} as c
    where c.source = '{{ source_name }}' and c.stage = 'all'
    group by c.year, c.file_sha256, c.row
{%- endmacro %}

{# The lines of a register's files in force that no check has set aside, each with its receipt. #}
{% macro lines_in_force(source_name, form, texts, numbers={}) -%}
    select e.*, d.seq, d.county_code as folder_county_code, d.file_name
    from (
        {{ file_lines(source_name, texts, numbers) }}
    ) as e
    inner join {{ source('bronze', 'deliveries') }} as d
        on d.source = '{{ source_name }}' and d.form = '{{ form }}' and d.status = 'in_force'
        and e.year = d.year and e.file_sha256 = d.file_sha256
    left join {{ source('bronze', 'cells_set_aside') }} as q
        on q.source = '{{ source_name }}' and e.year = q.year and e.file_sha256 = q.file_sha256 and e.row = q.row
    where q.row is null
{%- endmacro %}
