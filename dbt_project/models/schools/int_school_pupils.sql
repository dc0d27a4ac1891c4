-- Pupils of each stage after folding: a school's own and those of the points counted with it. A figure
-- missing in any part is missing in the sum; what is known of it is its lower bound.
select
    m.census_year,
    m.county_code,
    b.school_id,
    m.stage,
    case when count(m.value) = count(*) and not bool_or(b.is_unresolved) then sum(m.value) end as pupils,
    case when not bool_or(b.is_unresolved) then coalesce(sum(m.value), 0) end as pupils_at_least,
    case
        when bool_or(b.is_unresolved) then 'unresolved_parent'
        else {{ most_severe_reason('m.reason') }}
    end as reason
from {{ ref('int_school_measures') }} as m
inner join {{ ref('int_school_members') }} as b
    on m.census_year = b.census_year and m.county_code = b.county_code and m.school_id = b.member_school_id
where m.measure = 'pupils'
group by m.census_year, m.county_code, b.school_id, m.stage
