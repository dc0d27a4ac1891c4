{#
    Rows with what every reader would join for. `things`: `county` (its name), `indicator` (its name), `unit` (the
    indicator's), `school` (type, place and who runs it, in the census of the row), `school_name`. Where the rows
    themselves have a column `school_name` that is empty, the name goes there.

        {% call described(['county', 'indicator']) %} select … {% endcall %}
#}
{% macro described(things, census_year='census_year') -%}
{%- set rows = caller() -%}
{%- set has_place = 'cast(null as varchar) as school_name' in rows -%}
select
    d.*{{ ' replace (school.school_name as school_name)' if has_place }}
    {%- if 'county' in things %},
    county.name_zh as county_zh
    {%- endif %}
    {%- if 'indicator' in things %},
    indicator.name_zh as indicator_zh
    {%- endif %}
    {%- if 'unit' in things %},
    indicator.unit
    {%- endif %}
    {%- if 'school_name' in things and not has_place %},
    school.school_name
    {%- endif %}
    {%- if 'school' in things %},
    school.school_type,
    school.urban_rural,
    case when school.school_id is not null then school.run_by is distinct from 'private' end as is_public
    {%- endif %}
from ({{ rows }}) as d
{%- if 'county' in things %}
left join {{ ref('dim_county') }} as county on d.county_code = county.county_code
{%- endif %}
{%- if 'indicator' in things or 'unit' in things %}
left join {{ ref('indicators') }} as indicator on d.indicator_code = indicator.indicator_code
{%- endif %}
{%- if 'school' in things or 'school_name' in things %}
left join {{ ref('int_school_roster') }} as school
    on d.{{ census_year }} = school.census_year and d.county_code = school.county_code
        and d.school_id = school.school_id
{%- endif %}
{%- endmacro %}
