{# The lines of a register's files in force that no check has set aside, each with its receipt. #}
{% macro lines_in_force(source_name, form, columns) -%}
    select
        l.year,
        l.file_sha256,
        l.row,
        {%- for name, measure in columns.items() %}
        l."all.{{ measure }}" as {{ name }},
        {%- endfor %}
        d.seq,
        d.county_code as folder_county_code,
        d.file_name
    from {{ source('bronze', source_name ~ '_lines') }} as l
    inner join {{ source('bronze', 'deliveries') }} as d
        on d.source = '{{ source_name }}' and d.form = '{{ form }}' and d.status = 'in_force'
        and l.year = d.year and l.file_sha256 = d.file_sha256
    left join {{ source('bronze', 'quarantined_cells') }} as q
        on q.source = '{{ source_name }}' and l.year = q.year and l.file_sha256 = q.file_sha256 and l.row = q.row
    where l.kind = 'data' and q.row is null
{%- endmacro %}
