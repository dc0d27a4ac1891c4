-- Each part against its standard, then the parts of an indicator at one place together: fail if any fails, else no_data
-- if any is missing, else pass; what does not apply stays out. A part of which something is missing is judged by its
-- bounds: where even the best cannot save it, or even the worst cannot break it. The figures shown are those of the
-- ratio, or of the weakest part.
with valued as not materialized ( -- each of its two readers filters it by the part
    select
        q.*,
        i.comparator,
        i.scale,
        i.gap_unit,
        i.gap_rounding,
        v.standard_version,
        coalesce(q.standard, s.threshold) as threshold,
        q.low is not null or q.high is not null as is_bounded,
        case
            when not q.applies or (q.reason is not null and (q.numerator is null or q.denominator is null
                or (q.low is null and q.high is null))) then null
            when q.denominator is null then q.numerator
            else q.numerator / nullif(q.denominator, 0) * i.scale
        end as value,
        q.low * coalesce(i.scale, 1) as value_low,
        q.high * coalesce(i.scale, 1) as value_high
    from {{ ref('int_indicator_criteria') }} as q
    inner join {{ ref('indicators') }} as i on q.indicator_code = i.indicator_code
    inner join {{ ref('int_county_standards') }} as v
        on q.assessment_year - 1 = v.census_year and q.county_code = v.county_code
    left join {{ ref('standards') }} as s
        on v.standard_version = s.standard_version and q.indicator_code = s.indicator_code and q.stage = s.stage
        and s.part is null and s.school_type_group = 'all' and q.standard is null
        and {{ in_force('s', 'q.assessment_year - 1') }}
),

judged as not materialized (
    select
        *,
        case
            when not applies then 'not_applicable'
            when threshold is null then 'no_data'
            when is_bounded then case
                when (case when comparator in ('<', '<=') then {{ holds('value_high', 'comparator', 'threshold') }}
                    else {{ holds('value_low', 'comparator', 'threshold') }} end) then 'pass'
                when not (case when comparator in ('<', '<=') then {{ holds('value_low', 'comparator', 'threshold') }}
                    else {{ holds('value_high', 'comparator', 'threshold') }} end) then 'fail'
                else 'no_data'
            end
            when value is null then 'no_data'
            when {{ holds('value', 'comparator', 'threshold') }} then 'pass'
            else 'fail'
        end as verdict
    from valued
),

-- What is missing, or too much, in the physical unit of the numerator.
measured as not materialized (
    select
        *,
        -- A ratio stands for all; else what fails, then what is missing, then the weakest.
        case
            when part = 'ratio' then -3.0
            when verdict = 'fail' then -2.0
            when verdict = 'no_data' then -1.0
            else coalesce(value, 1.0e300)
        end as precedence,
        case when verdict = 'fail' and gap_unit is not null then
            (case when comparator in ('<', '<=') then 1
                else -1 end) * (numerator - threshold * coalesce(denominator, scale) / scale)
        end as part_gap
    from judged
),

-- A criterion without a name is the only one of its place, as nearly all are: nothing is to be put together.
single as (
    select
        *,
        case when verdict in ('no_data', 'not_applicable') then coalesce(reason, 'not_reported') end as missing_reason,
        case when gap_rounding = 'ceil' then {{ rounded_up('part_gap') }} else part_gap end as gap
    from measured
    where part = ''
),

together as (
    select
        assessment_year, county_code, indicator_code, school_id, stage, grade, subject,
        {{ headline(['value', 'value_low', 'value_high', 'numerator', 'denominator', 'threshold', 'data_year']) }}
            as headline,
        {{ all_must_pass('verdict') }} as verdict,
        {{ most_severe_reason("case
            when verdict in ('no_data', 'not_applicable') then coalesce(reason, 'not_reported')
        end") }} as missing_reason,
        {{ list_distinct('evidence') }} as evidence,
        {{ list_distinct('how') }} as how,
        {{ sum_in_order("case when gap_rounding = 'ceil' then " ~ rounded_up('part_gap') ~ " else part_gap end") }}
            as gap,
        bool_or(is_printed) as is_printed,
        standard_version
    from measured
    where part <> ''
    group by assessment_year, county_code, indicator_code, school_id, stage, grade, subject, standard_version
),

several as (
    select * exclude (headline), headline.* from together
)

{% for places in ['single', 'several'] -%}
select
    assessment_year,
    county_code,
    indicator_code,
    school_id,
    stage,
    grade,
    subject,
    value,
    value_low,
    value_high,
    numerator,
    denominator,
    threshold as standard,
    verdict,
    missing_reason,
    evidence,
    how,
    gap,
    is_printed,
    data_year,
    standard_version
from {{ places }}
{{ 'union all' if not loop.last }}
{% endfor -%}
