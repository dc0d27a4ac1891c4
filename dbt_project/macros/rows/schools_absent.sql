{#
    How many schools that an indicator covers have no row in a list that should name all of them. Where there is no
    census of that year, nobody can tell.
#}
{% macro schools_absent(rows, indicator_code) -%}
    select s.census_year as data_year, s.county_code, count(*) as schools_absent
    from {{ only_changed_counties(ref('int_scope_schools'), 's') }}
    left join {{ rows }} as r
        on s.census_year = r.data_year and s.county_code = r.county_code and s.school_id = r.school_id
    where s.indicator_code = '{{ indicator_code }}' and s.counts_as_school and r.school_id is null
    group by s.census_year, s.county_code
{%- endmacro %}
