-- Every criterion that an indicator of government assurance, education quality or social recognition is judged on: what
-- it is, where, numerator and denominator; where some of it is missing, why, and the bounds (`low`, `high`, before
-- scaling; null: unbounded) between which the figure lies. An indicator that asks for several things has several
-- criteria (`part`). Where the county itself delivered nothing, a figure that its documents print and that reaches the
-- indicator stands in. Each indicator has a file of its own; a column that it leaves out has the value given here.
{%- set indicators = [
    'g01_school_layout',
    'g02_four_standards',
    'g03_music_and_art_rooms',
    'g04_school_size',
    'g05_class_size',
    'g06_small_school_funds',
    'g07_special_education_funds',
    'g08_teacher_pay',
    'g09_teacher_training',
    'g10_posts',
    'g11_teacher_exchange',
    'g12_teaching_certificates',
    'g13_nearby_enrolment',
    'g14_senior_high_places',
    'g15_migrant_and_left_behind',
    'q1_retention',
    'q2_disability_enrolment',
    'q3_charter_and_digital',
    'q4_training_funds',
    'q5_digital_teaching',
    'q6_moral_education',
    'q7_curriculum',
    'q8_workload',
    'q9_monitoring',
    's1_social_recognition',
] %}
with criteria as (
    {%- for indicator in indicators %}
    select * from {{ ref(indicator) }}
    {{ 'union all by name' if not loop.last }}
    {%- endfor %}
),

printed as (
    select
        p.indicator_code,
        a.assessment_year,
        a.county_code,
        v.year,
        concat_ws(' ', v.document, t.title) as document,
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
    qualify row_number() over (
        partition by p.indicator_code, a.assessment_year, a.county_code
        order by v.year desc, v.document
    ) = 1
)

select
    c.assessment_year,
    c.county_code,
    c.indicator_code,
    coalesce(c.school_id, '') as school_id,
    coalesce(c.stage, 'all') as stage,
    c.grade,
    c.subject,
    coalesce(c.part, '') as part,
    coalesce(case when p.county_code is not null then p.numerator end, c.numerator) as numerator,
    case when p.county_code is not null then p.denominator else c.denominator end as denominator,
    case when p.county_code is null then c.low end as low,
    case when p.county_code is null then c.high end as high,
    c.standard,
    coalesce(c.applies, true) or p.county_code is not null as applies,
    case when p.county_code is null then c.reason end as reason,
    coalesce(p.year, c.data_year) as data_year,
    coalesce(p.document, c.evidence) as evidence,
    c.how,
    p.county_code is not null as is_printed
from criteria as c
left join printed as p
    on c.indicator_code = p.indicator_code and c.assessment_year = p.assessment_year and c.county_code = p.county_code
    and c.data_year is null and c.reason = 'not_delivered'
