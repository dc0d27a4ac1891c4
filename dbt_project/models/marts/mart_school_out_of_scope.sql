-- Schools that R1-R7 do not judge, and why. One of unknown type is judged as missing, and not here.
with judged as (
    select distinct census_year, county_code, school_id from {{ ref('int_school_stages') }}
)

{% call described(['county', 'school']) %}
select
    r.census_year,
    r.county_code,
    r.school_id,
    r.school_name,
    nullif(m.school_id, r.school_id) as counted_with_school_id,
    case
        when not t.in_resource_scope then 'outside_scope_type'
        when m.school_id <> r.school_id then 'counted_with_school'
        when r.run_by = 'private' then 'private_school'
        when t.is_point then 'small_point'
    end as reason
from {{ ref('int_school_roster') }} as r
inner join {{ ref('school_types') }} as t on r.school_type = t.school_type
left join {{ ref('int_school_members') }} as m
    on r.census_year = m.census_year and r.county_code = m.county_code and r.school_id = m.member_school_id
left join judged as j
    on r.census_year = j.census_year and r.county_code = j.county_code and r.school_id = j.school_id
where j.school_id is null
{% endcall %}
