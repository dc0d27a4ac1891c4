-- What the finance tables and the census of the same year say of one thing, side by side. A difference warns; it
-- changes no verdict.
with finance as (
    select
        f.fiscal_year, f.county_code, f.school_id, m.measure,
        case m.measure
            when 'sports_ground_area_m2' then f.sports_ground_area_m2
            when 'teaching_area_m2' then f.teaching_rooms_area_m2
            else f.multimedia_rooms
        end as finance_figure
    from {{ ref('int_finance_schools') }} as f
    cross join (values ('sports_ground_area_m2'), ('teaching_area_m2'), ('multimedia_rooms')) as m (measure)
)

{% call described(['county', 'school'], census_year='fiscal_year') %}
select
    cast(f.fiscal_year as integer) as fiscal_year,
    f.county_code,
    f.school_id,
    r.school_name,
    f.measure,
    f.finance_figure,
    c.value as census_figure,
    f.finance_figure - c.value as difference,
    {{ at_most(
        'abs(f.finance_figure - c.value)',
        parameter('finance_census_tolerance', 'f.fiscal_year') ~ ' * greatest(abs(c.value), 1)'
    ) }} as agrees
from finance as f
inner join {{ ref('int_school_measures') }} as c
    on f.fiscal_year = c.census_year and f.county_code = c.county_code and f.school_id = c.school_id
    and f.measure = c.measure and c.stage = 'all'
left join {{ ref('int_school_roster') }} as r
    on f.fiscal_year = r.census_year and f.county_code = r.county_code and f.school_id = r.school_id
where f.finance_figure is not null
{% endcall %}
order by fiscal_year, county_code, school_id, measure
