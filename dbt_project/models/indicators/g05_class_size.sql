-- G5 Class size: the largest class, at most 45 pupils in primary and 50 in junior stages. One row per school and stage.
-- The largest class is known to be over the limit, known to be within it, or neither: by the roster of classes, and by
-- the census' class-size bins alone. Where the two contradict each other there is no verdict.
with class_limits as (
    select
        z.*,
        p.threshold,
        case
            when {{ above('z.largest_at_least', 'p.threshold') }} then 'fail'
            when {{ at_most('z.largest_at_most', 'p.threshold') }} then 'pass'
        end as verdict_by_roster,
        case
            when {{ above('z.bins_at_least', 'p.threshold') }} then 'fail'
            when {{ at_most('z.bins_at_most', 'p.threshold') }} then 'pass'
        end as verdict_by_bins,
        z.largest_in_roster is not null
        and (
            coalesce(z.largest_in_roster > z.bins_at_most, false)
            or (z.is_from_roster and coalesce(z.largest_at_most < z.bins_at_least, false))
        ) as differs
    from {{ only_changed_counties(ref('int_class_sizes'), 'z') }}
    inner join {{ only_changed_counties(ref('int_scope_schools'), 's') }}
        on z.census_year = s.census_year and z.county_code = s.county_code and z.school_id = s.school_id
        and s.indicator_code = 'G5'
    inner join {{ ref('int_county_standards') }} as v on z.census_year = v.census_year and z.county_code = v.county_code
    inner join {{ ref('standards') }} as p
        on v.standard_version = p.standard_version and p.indicator_code = 'G5' and z.stage = p.stage
        and {{ in_force('p', 'z.census_year') }}
    where s.is_judged
),

contradictions as (
    select *, coalesce(verdict_by_roster <> verdict_by_bins, false) as is_contradicted
    from class_limits
)

select
    a.assessment_year,
    a.county_code,
    'G5' as indicator_code,
    z.school_id,
    z.stage,
    case
        when z.is_contradicted then null
        when z.verdict_by_roster = 'fail' then z.largest_at_least
        when z.verdict_by_roster = 'pass' then z.largest_at_most
    end as numerator,
    z.threshold as standard,
    z.classes is distinct from 0 as applies,
    case
        when z.classes = 0 then 'zero_denominator'
        when z.is_contradicted then 'contradicted'
        when z.verdict_by_roster is null then coalesce(z.reason, 'not_reported')
    end as reason,
    a.census_year as data_year,
    concat_ws(
        '; ',
        case when z.is_from_roster then 'class_roster' else 'census_bins' end,
        case
            when z.differs
                then '班级名册最大班 ' || {{ format_number('z.largest_in_roster') }} || ' 人与普查班额分段 '
                    || coalesce({{ format_number('z.bins_at_least') }}, '…') || '–'
                    || coalesce({{ format_number('z.bins_at_most') }}, '…') || ' 不一致 the roster and the census differ'
        end
    ) as how
from contradictions as z
inner join {{ ref('int_assessments') }} as a on z.census_year = a.census_year and z.county_code = a.county_code
