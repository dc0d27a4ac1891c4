-- G6 Small rural schools: a school or teaching point under 100 pupils is funded as if it had 100. One row per school,
-- judged before folding: a small point is funded as such even where it counts with its school. Village schools, and
-- every teaching point wherever it lies.
with assessments as ({{ assessments_with('finance_budget') }}),

quotas as ({{ assessments_with_line('finance_county', 'int_finance_counties') }})

select
    a.assessment_year,
    a.county_code,
    'G6' as indicator_code,
    s.school_id,
    b.public_funds_approved_yuan as numerator,
    g.value * q.quota_primary_yuan as denominator,
    1.0 as standard,
    case
        when p.value is null then coalesce(p.reason, s.missing_reason, 'not_reported')
        when s.urban_rural is null and not t.is_point and {{ parameter('g6_covers_towns', 'a.census_year') }} = 0
            then 'not_reported'
        when b.public_funds_approved_yuan is null then {{ budget_reason('a', 'b') }}
        when q.quota_primary_yuan is null then q.missing_reason
        when q.quota_primary_yuan = 0 then 'zero_denominator'
    end as reason,
    a.data_year,
    a.file_name as evidence
from {{ only_changed_counties(ref('int_scope_schools'), 's') }}
inner join {{ ref('school_types') }} as t on s.school_type = t.school_type
inner join assessments as a using (census_year, county_code)
inner join {{ ref('parameters') }} as g on g.parameter = 'g6_pupils' and {{ in_force('g', 'a.census_year') }}
inner join {{ only_changed_counties(ref('int_school_measures'), 'p') }}
    on s.census_year = p.census_year and s.county_code = p.county_code and s.school_id = p.school_id
    and p.measure = 'pupils' and p.stage = 'primary'
left join {{ ref('int_finance_schools') }} as b
    on a.data_year = b.fiscal_year and a.county_code = b.county_code and s.school_id = b.school_id
left join quotas as q on a.assessment_year = q.assessment_year and a.county_code = q.county_code
where s.indicator_code = 'G6'
    and (
        coalesce(s.urban_rural, 'rural') = 'rural' or t.is_point
        or {{ parameter('g6_covers_towns', 'a.census_year') }} = 1
    )
    and (p.value is null or {{ below('p.value', 'g.value') }})
