-- One row per county the warehouse speaks of, also where nothing could be computed.
with grid as (
    select
        v.census_year, v.county_code, v.standard_version,
        l.stage, l.cv_limit, i.indicator_code, p.tolerance
    from {{ ref('int_county_standards') }} as v
    inner join {{ ref('int_county_years') }} as y on v.census_year = y.census_year and v.county_code = y.county_code
    inner join {{ ref('coefficient_limits') }} as l
        on v.standard_version = l.standard_version and v.census_year between l.valid_from_year and coalesce(l.valid_to_year, 9999)
    inner join {{ ref('indicators') }} as i on i.dimension = 'resource_allocation'
    inner join (
        select census_year, {{ parameter('comparison_tolerance', 'census_year') }} as tolerance
        from (select distinct census_year from {{ ref('int_county_standards') }})
    ) as p on v.census_year = p.census_year
),

missing as (
    select census_year, county_code, stage, indicator_code, count(*) as schools_missing, {{ first_reason('reason') }} as reason
    from {{ of_changed_counties(ref('int_resource_verdicts')) }}
    where verdict = 'no_data'
    group by census_year, county_code, stage, indicator_code
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
        coalesce(m.schools_missing, 0) as schools_missing,
        coalesce(m.schools_missing, 0) > 0 or u.reason is not null as is_incomplete,
        coalesce(
            m.reason,
            u.reason,
            case when c.cv is null then
                case when c.schools is not null then 'zero_denominator' when d.county_code is null then 'not_delivered'
                when d.has_refused and s.county_code is null then 'refused' else 'zero_denominator' end
            end
        ) as reason
    from grid as g
    left join {{ ref('int_coefficients') }} as c using (census_year, county_code, stage, indicator_code)
    left join missing as m using (census_year, county_code, stage, indicator_code)
    left join deliveries as d using (census_year, county_code)
    left join {{ ref('int_unplaced_schools') }} as u using (census_year, county_code)
    left join (select distinct census_year, county_code from {{ of_changed_counties(ref('int_school_roster')) }}) as s using (census_year, county_code)
)

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
        when reason is not null then 'no_data'
        when {{ at_most('cv', 'cv_limit', 'tolerance') }} then 'pass'
        else 'fail'
    end as verdict,
    reason,
    standard_version
from joined
order by census_year, county_code, stage, indicator_code
