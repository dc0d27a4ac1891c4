-- Each printed ratio beside what the same document's own figures give. Where an input is not printed,
-- nothing is computed; where nothing is printed, the computed ratio stands alone. Two figures agree when
-- the computed one, rounded to the printed decimals, is the printed one.
with figures as (
    select * from {{ ref('stg_published_figures') }} where kind in ('actual', 'printed')
),

inputs as (
    select check_id, trim(metric) as metric
    from (
        select check_id, unnest(string_split(numerator_metrics, '+')) as metric
        from {{ ref('published_derivations') }}
    )
),

subjects as (
    select distinct d.check_id, f.document, f.county_code, f.year
    from {{ ref('published_derivations') }} as d
    inner join figures as f
        on f.metric = d.metric
        or (d.method = 'ratio' and f.metric = d.denominator_metric)
    where f.metric = d.metric
        or not exists (
            select 1 from figures as p
            where p.metric = d.metric and p.document = f.document and p.county_code = f.county_code
        )
),

numerators as (
    select
        s.check_id, s.document, s.county_code, s.year,
        case when count(f.value) = count(*) then {{ sum_in_order('f.value') }} end as value
    from subjects as s
    inner join inputs as i using (check_id)
    left join figures as f
        on i.metric = f.metric and s.document = f.document and s.county_code = f.county_code and s.year = f.year
    group by s.check_id, s.document, s.county_code, s.year
),

spans as (
    select
        s.check_id, s.document, s.county_code, s.year,
        min_by(f.value, f.year) as first_value, max_by(f.value, f.year) as last_value,
        max(f.year) - min(f.year) as years
    from subjects as s
    inner join inputs as i using (check_id)
    inner join figures as f
        on i.metric = f.metric and s.document = f.document and s.county_code = f.county_code and f.year <= s.year
    group by s.check_id, s.document, s.county_code, s.year
),

computed as (
    select
        s.*, d.metric, d.name_zh, d.source_note,
        case d.method
            when 'ratio' then n.value / nullif(o.value, 0) * d.scale
            when 'compound_growth' then case when p.years > 0 then (power(p.last_value / nullif(p.first_value, 0),
                1.0 / p.years) - 1) * d.scale end
        end as computed
    from subjects as s
    inner join {{ ref('published_derivations') }} as d using (check_id)
    left join numerators as n using (check_id, document, county_code, year)
    left join spans as p using (check_id, document, county_code, year)
    left join figures as o
        on d.denominator_metric = o.metric and s.document = o.document and s.county_code = o.county_code
            and s.year = o.year
)

select
    c.county_code,
    c.metric,
    c.year,
    c.name_zh,
    f.value as printed,
    f.raw_value as printed_as,
    c.computed,
    f.value - c.computed as difference,
    case when f.value is not null and c.computed is not null
        then coalesce(
            {{ alike("round(c.computed, cast(length(split_part(f.raw_value, '.', 2)) as integer))", 'f.value') }}, false
        )
    end as agrees,
    c.document,
    c.source_note,
    f.file_sha256,
    f.cell
from computed as c
left join figures as f using (metric, document, county_code, year)
order by county_code, metric, year, document
