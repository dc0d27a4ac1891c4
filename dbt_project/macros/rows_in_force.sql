{#
    Every row of the newest file of a form, per county and year: its keys as delivered, its figures null where a
    check set them aside (`is_set_aside` then says that something of the row was).
#}
{% macro rows_in_force(source_name, form, keys, figures) -%}
    select
        l.year as data_year,
        d.county_code,
        l.file_sha256,
        l.row,
        {%- for key in keys %}
        l."all.{{ key }}" as {{ key }},
        {%- endfor %}
        {%- for figure in figures %}
        case when not coalesce(q.is_row or list_contains(q.measures, '{{ figure }}'), false) then l."all.{{ figure }}" end as {{ figure }},
        {%- endfor %}
        q.row is not null as is_set_aside
    from {{ source('bronze', source_name ~ '_lines') }} as l
    inner join {{ source('bronze', 'deliveries') }} as d
        on d.source = '{{ source_name }}' and d.form = '{{ form }}' and d.status = 'in_force'
        and l.year = d.year and l.file_sha256 = d.file_sha256
    left join (
        select year, county_code, file_sha256, row, bool_or(measure is null) as is_row, list(measure) as measures
        from {{ source('bronze', 'cells_set_aside') }}
        where source = '{{ source_name }}'
        group by year, county_code, file_sha256, row
    ) as q
        on l.year = q.year and d.county_code = q.county_code and l.file_sha256 = q.file_sha256 and l.row = q.row
    where l.kind = 'data'
{%- endmacro %}

{# Why a figure of a row is missing. #}
{% macro reason_of_row(figure, is_set_aside) -%}
    case when {{ figure }} is null then case when {{ is_set_aside }} then 'quarantined' else 'not_reported' end end
{%- endmacro %}

{#
    How many schools that an indicator covers have no row in a list that should name all of them: what is added up
    over the rest would be too little. Where there is no census of that year, nobody can tell.
#}
{% macro schools_absent(rows, indicator_code) -%}
    select s.census_year as data_year, s.county_code, count(*) as schools_absent
    from {{ ref('int_scope_schools') }} as s
    left join {{ rows }} as r
        on s.census_year = r.data_year and s.county_code = r.county_code and s.school_id = r.school_id
    where s.indicator_code = '{{ indicator_code }}' and s.counts_as_school and r.school_id is null
    group by s.census_year, s.county_code
{%- endmacro %}
