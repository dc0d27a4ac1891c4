-- Nothing leaves a list without a word. Every assessment has one county row per indicator and stage that the standard
-- names, and no other; every school-stage in scope one row per resource indicator; every county and census one
-- coefficient per stage and indicator. What is parted from an expected row shows here, on whichever side it is missing.
with expected_results as (
    select distinct a.assessment_year as year, a.county_code, '' as school_id, i.indicator_code,
        coalesce(s.stage, 'all') as stage
    from {{ only_changed_counties(ref('int_assessments'), 'a') }}
    inner join {{ ref('int_county_standards') }} as v on a.census_year = v.census_year and a.county_code = v.county_code
    cross join {{ ref('indicators') }} as i
    left join {{ ref('standards') }} as s
        on v.standard_version = s.standard_version and i.indicator_code = s.indicator_code
        and a.census_year between s.valid_from_year and coalesce(s.valid_to_year, 9999)
    where i.dimension <> 'resource_allocation'
),

results as (
    select assessment_year as year, county_code, '' as school_id, indicator_code, stage
    from {{ only_changed_counties(ref('int_indicator_results')) }}
    where judged_at = 'county'
),

expected_schools as (
    select s.census_year as year, s.county_code, s.school_id, i.indicator_code, s.stage
    from {{ only_changed_counties(ref('int_school_stages'), 's') }}
    cross join {{ ref('indicators') }} as i
    where i.dimension = 'resource_allocation'
),

schools as (
    select census_year as year, county_code, school_id, indicator_code, stage
    from {{ only_changed_counties(ref('mart_resource_allocation')) }}
),

expected_coefficients as (
    select y.census_year as year, y.county_code, '' as school_id, i.indicator_code, s.stage
    from {{ only_changed_counties(ref('int_county_years'), 'y') }}
    cross join {{ ref('indicators') }} as i
    cross join (values ('primary'), ('junior')) as s (stage)
    where i.dimension = 'resource_allocation'
),

coefficients as (
    select census_year as year, county_code, '' as school_id, indicator_code, stage
    from {{ only_changed_counties(ref('mart_resource_balance')) }}
),

-- Each side of each county and year as one number. Where the numbers are the same, so are the rows.
{% for what in ('results', 'schools', 'coefficients') %}
{{ what }}_parted as (
    select year, county_code
    from (
        {%- for side, sign in (('expected_' ~ what, 1), (what, -1)) %}
        select year, county_code, {{ sign }} * count(*) as n,
            {{ sign }} * sum(cast(hash(school_id, indicator_code, stage) as hugeint)) as keys
        from {{ side }}
        group by year, county_code
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
    group by year, county_code
    having sum(n) <> 0 or sum(keys) <> 0
),
{% endfor %}
compared as (
    {%- for what in ('results', 'schools', 'coefficients') %}
    {%- for said, side, other in (('missing', 'expected_' ~ what, what), ('not expected', what, 'expected_' ~ what)) %}
    select '{{ what }} {{ said }}' as what, *
    from (
        from (from {{ side }} semi join {{ what }}_parted using (year, county_code))
        except all
        from (from {{ other }} semi join {{ what }}_parted using (year, county_code))
    )
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from compared
