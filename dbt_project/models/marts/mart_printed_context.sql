-- Printed figures that come near an indicator without reaching it: shown beside its verdict, never in its place.
with printed as (
    select county_code, metric, name_zh, year, value, unit, document, file_sha256, cell
    from {{ ref('stg_published_figures') }}
    where kind in ('actual', 'printed')
    union all
    -- What two printed figures give together.
    select county_code, metric, name_zh, year, computed, cast(null as varchar), document, file_sha256, cell
    from {{ ref('mart_published_check') }}
    where printed is null and computed is not null
)

select
    p.county_code,
    p.year + 1 as assessment_year,
    c.indicator_code,
    p.metric,
    p.name_zh,
    p.year,
    p.value,
    p.unit,
    p.document,
    d.title as document_title,
    c.why_zh,
    c.why_en
from printed as p
inner join {{ ref('printed_context') }} as c on p.metric = c.metric
left join {{ ref('stg_published_documents') }} as d on p.document = d.document
order by county_code, year, metric
