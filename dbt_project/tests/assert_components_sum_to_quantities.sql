-- What the explanation shows adds up to what was judged.
select q.census_year, q.school_id, q.stage, q.indicator_code, q.quantity, sum(c.quantity) as explained
from {{ ref('mart_resource_allocation') }} as q
inner join {{ ref('mart_indicator_component') }} as c using (census_year, county_code, school_id, stage, indicator_code)
where q.quantity is not null
group by all
having abs(q.quantity - sum(c.quantity)) > 1e-9 * greatest(abs(q.quantity), 1)
