-- Every part that an indicator of government assurance, education quality or social recognition is judged on: what it
-- is,
-- where, numerator and denominator; where some of it is missing, why, and the bounds (`low`, `high`, before scaling;
-- null: unbounded) between which
-- the figure lies. An indicator that asks for several things has several parts. Where
-- the county itself delivered nothing, a figure that its documents print and that reaches the indicator stands in.
with parts as (
    select * from {{ ref('int_space_parts') }}
    union all by name
    select * from {{ ref('int_finance_parts') }}
    union all by name
    select * from {{ ref('int_teacher_parts') }}
    union all by name
    select * from {{ ref('int_enrolment_parts') }}
    union all by name
    select * from {{ ref('int_attested_parts') }}
    union all by name
    select * from {{ ref('int_monitoring_parts') }}
    union all by name
    select * from {{ ref('int_survey_parts') }}
),

printed as (
    select
        p.indicator_code, a.assessment_year, a.county_code, v.year, concat_ws(' ', v.document, t.title) as document,
        coalesce(v.value, n.value) as numerator,
        case when p.value_metric is null then d.value end as denominator
    from {{ ref('int_assessments') }} as a
    cross join {{ ref('printed_indicators') }} as p
    inner join {{ ref('stg_published_figures') }} as v
        on a.county_code = v.county_code and v.kind = 'actual'
            and v.metric = coalesce(p.value_metric, p.numerator_metric)
        and v.year between a.assessment_year - p.years_before - p.fallback_years and a.assessment_year - p.years_before
    left join {{ ref('stg_published_figures') }} as n
        on a.county_code = n.county_code and n.kind = 'actual' and n.metric = p.numerator_metric
            and n.document = v.document and n.year = v.year
    left join {{ ref('stg_published_figures') }} as d
        on a.county_code = d.county_code and d.kind = 'actual' and d.metric = p.denominator_metric
            and d.document = v.document and d.year = v.year
    left join {{ ref('stg_published_documents') }} as t on v.document = t.document
    where p.value_metric is not null or d.value is not null
    qualify row_number() over (partition by p.indicator_code, a.assessment_year, a.county_code
    order by v.year desc, v.document) = 1
)

select
    q.assessment_year,
    q.county_code,
    q.indicator_code,
    q.school_id,
    q.stage,
    q.grade,
    q.subject,
    q.part,
    coalesce(case when p.county_code is not null then p.numerator end, q.numerator) as numerator,
    case when p.county_code is not null then p.denominator else q.denominator end as denominator,
    case when p.county_code is null then q.low end as low,
    case when p.county_code is null then q.high end as high,
    q.standard,
    q.applies or p.county_code is not null as applies,
    case when p.county_code is null then q.reason end as reason,
    coalesce(p.year, q.data_year) as data_year,
    coalesce(p.document, q.evidence) as evidence,
    q.how,
    p.county_code is not null as is_printed
from parts as q
left join printed as p
    on q.indicator_code = p.indicator_code and q.assessment_year = p.assessment_year and q.county_code = p.county_code
    and q.data_year is null and q.reason = 'not_delivered'
