{% call described(['county', 'indicator', 'unit', 'school_name', 'school']) %}
select
    v.census_year,
    v.county_code,
    v.school_id,
    cast(null as varchar) as school_name,
    v.stage,
    v.indicator_code,
    v.value - c.mean as deviation,
    v.pupils * (v.value - c.mean) * (v.value - c.mean) / nullif(c.pupils * c.standard_deviation * c.standard_deviation,
        0) as share_of_variance,
    cast(row_number() over (
        partition by v.census_year, v.county_code, v.stage, v.indicator_code
        order by v.pupils * (v.value - c.mean) * (v.value - c.mean) desc, v.school_id
    ) as integer) as rank
from {{ ref('int_resource_values') }} as v
inner join {{ ref('int_coefficients') }} as c using (census_year, county_code, stage, indicator_code)
where v.value is not null
{% endcall %}
