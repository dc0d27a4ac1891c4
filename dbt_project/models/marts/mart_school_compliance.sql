-- Each school-stage by the composite rule. A school whose stages nobody knows has one line, stage 'unknown'.
with judged as (
    select census_year, county_code, school_id, stage, indicators_met, indicators_below_floor,
        indicators_missing, verdict, missing_reason, standard_version
    from {{ ref('int_school_composite') }}
    union all
    select
        r.census_year, r.county_code, r.school_id, 'unknown', 0, 0,
        (select count(*) from {{ ref('indicators') }} as i where i.dimension = 'resource_allocation'), 'no_data',
            r.missing_reason, s.standard_version
    from {{ only_changed_counties(ref('int_school_roster'), 'r') }}
    inner join {{ ref('int_county_standards') }} as s on r.census_year = s.census_year and r.county_code = s.county_code
    where r.school_type is null and r.missing_reason is not null
),

refused as (
    select distinct census_year, county_code, school_id from {{ ref('stg_census_rows') }}
    where status = 'refused'
)

{% call described(['county', 'school_name', 'school']) %}
select
    census_year,
    county_code,
    school_id,
    cast(null as varchar) as school_name,
    stage,
    cast(indicators_met as integer) as indicators_met,
    cast(indicators_below_floor as integer) as indicators_below_floor,
    cast(indicators_missing as integer) as indicators_missing,
    verdict,
    case when verdict in ('no_data', 'not_applicable') then missing_reason end as reason,
    standard_version,
    r.school_id is not null as has_refused_correction
from judged as c
left join refused as r using (census_year, county_code, school_id)
{% endcall %}
order by census_year, county_code, school_id, stage
