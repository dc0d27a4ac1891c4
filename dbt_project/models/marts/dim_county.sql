with codes as (
    select county_code from {{ ref('int_county_years') }}
    union
    select county_code from {{ ref('stg_published_figures') }}
),

named as (
    select
        d.county_code,
        min_by(c."all.county_name", d.seq) as name_zh
    from {{ ref('stg_deliveries') }} as d
    inner join {{ source('bronze', 'census_lines') }} as c on d.year = c.year and d.file_sha256 = c.file_sha256
    where d.source = 'census' and d.status in ('in_force', 'replaced') and c.kind = 'data'
    group by d.county_code
)

select
    k.county_code,
    coalesce(s.name_zh, n.name_zh, k.county_code) as name_zh,
    s.name_en,
    s.city_code,
    s.city_zh,
    s.county_code is not null as is_registered
from codes as k
left join {{ ref('counties') }} as s using (county_code)
left join named as n using (county_code)
order by county_code
