-- One row per county the warehouse covers, stage and indicator, also where nothing could be computed. A coefficient
-- that is incomplete names the schools that make it so.
with grid as (
    select
        v.census_year, v.county_code, v.standard_version,
        l.stage, l.cv_limit, i.indicator_code
    from {{ ref('int_county_standards') }} as v
    inner join {{ ref('int_county_years') }} as y on v.census_year = y.census_year and v.county_code = y.county_code
    inner join {{ ref('coefficient_limits') }} as l
        on v.standard_version = l.standard_version and {{ in_force('l', 'v.census_year') }}
    inner join {{ ref('indicators') }} as i on i.dimension = 'resource_allocation'
),

missing as (
    select
        v.census_year, v.county_code, v.stage, v.indicator_code, count(*) as schools_missing,
            {{ most_severe_reason('v.reason') }} as reason,
        list_sort(list(concat_ws(' ', r.school_name, v.school_id))) as names
    from {{ only_changed_counties(ref('int_resource_verdicts'), 'v') }}
    left join {{ ref('int_school_roster') }} as r
        on v.census_year = r.census_year and v.county_code = r.county_code and v.school_id = r.school_id
    where v.verdict = 'no_data'
    group by v.census_year, v.county_code, v.stage, v.indicator_code
),

-- Stages in which the county has a school to judge.
stages as (
    select distinct census_year, county_code, stage from {{ only_changed_counties(ref('int_school_stages')) }}
),

deliveries as (
    select year as census_year, county_code, bool_or(status = 'refused') as has_refused
    from {{ ref('stg_deliveries') }}
    where source = 'census' and status <> 'withdrawn'
    group by year, county_code
),

joined as (
    select
        g.*, c.schools, c.pupils, c.mean, c.standard_deviation, c.cv, c.is_single_school,
        coalesce(m.schools_missing, 0) + coalesce(u.schools, 0) as schools_missing,
        list_concat(m.names, u.names) as names,
        coalesce(m.schools_missing, 0) > 0 or u.reason is not null as is_incomplete,
        s.county_code is not null and t.stage is null and u.reason is null as is_without_schools,
        coalesce(
            m.reason,
            u.reason,
            case
                when s.county_code is not null and t.stage is null then 'no_school_in_scope'
                when c.cv is null then
                    case when c.schools is not null or t.stage is not null then 'zero_denominator'
                    when d.has_refused and s.county_code is null then 'refused' else 'not_delivered' end
            end
        ) as reason
    from grid as g
    left join {{ ref('int_coefficients') }} as c using (census_year, county_code, stage, indicator_code)
    left join missing as m using (census_year, county_code, stage, indicator_code)
    left join deliveries as d using (census_year, county_code)
    left join {{ ref('int_unplaced_schools') }} as u using (census_year, county_code)
    left join (select distinct census_year, county_code
    from {{ only_changed_counties(ref('int_school_roster')) }}) as s using (census_year, county_code)
    left join stages as t using (census_year, county_code, stage)
)

{% call described(['county', 'indicator', 'unit']) %}
select
    census_year,
    county_code,
    stage,
    indicator_code,
    cast(coalesce(schools, 0) as integer) as schools,
    cast(schools_missing as integer) as schools_missing,
    coalesce(pupils, 0) as pupils,
    mean,
    standard_deviation,
    cv,
    cv_limit,
    is_incomplete,
    coalesce(is_single_school, false) as is_single_school,
    case
        when is_without_schools then 'not_applicable'
        when reason is not null then 'no_data'
        when {{ at_most('cv', 'cv_limit') }} then 'pass'
        else 'fail'
    end as verdict,
    reason,
    standard_version,
    case when is_incomplete then array_to_string(names[:20], '、') || case when array_length(names) > 20 then ' …'
        else '' end end as missing_schools
from joined
{% endcall %}
order by census_year, county_code, stage, indicator_code
