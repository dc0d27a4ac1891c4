{#
    Whether an indicator covers a school, by the school's type and by who runs it. `scope` is a row of seed
    `indicator_scope`, `school` one of int_school_roster. Scope is decided here, for schools and for rows of registers.
#}
{% macro covers(scope, school) -%}
    ({{ scope }}.school_type = {{ school }}.school_type
        and ({{ scope }}.covers_private or {{ school }}.run_by is distinct from 'private'))
{%- endmacro %}

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

{#
    How many schools that an indicator covers have no row in a list that should name all of them. Where there is no
    census of that year, nobody can tell.
#}
{% macro schools_absent(rows, indicator_code) -%}
    select s.census_year as data_year, s.county_code, count(*) as schools_absent
    from {{ ref('int_scope_schools') }} as s
    left join {{ rows }} as r
        on s.census_year = r.data_year and s.county_code = r.county_code and s.school_id = r.school_id
    where s.indicator_code = '{{ indicator_code }}' and s.counts_as_school and r.school_id is null
    group by s.census_year, s.county_code
{%- endmacro %}
