{#
    The rows of a register that an indicator counts: those of schools that it covers. Of a school whose type the census
    does not tell, the rows count.
#}
{% macro rows_in_scope(rows, indicator_code, school='school_id') -%}
    select t.*
    from {{ rows }} as t
    left join {{ ref('int_school_roster') }} as r
        on t.data_year = r.census_year and t.county_code = r.county_code and t.{{ school }} = r.school_id
    left join {{ ref('indicator_scope') }} as i on i.indicator_code = '{{ indicator_code }}' and {{ covers('i', 'r') }}
    where r.school_type is null or i.school_type is not null
{%- endmacro %}
