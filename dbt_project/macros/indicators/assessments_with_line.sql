{#
    Every assessment beside the county's line of a form that has one line a county, with `missing_reason`: why a figure
    of it is not there.
#}
{% macro assessments_with_line(form, lines) -%}
    select
        a.*,
        l.* exclude (data_year, county_code),
        coalesce(a.form_reason, {{ row_reason('l.is_set_aside') }}) as missing_reason
    from ({{ assessments_with(form) }}) as a
    left join {{ ref(lines) }} as l on a.data_year = l.data_year and a.county_code = l.county_code
{%- endmacro %}
