-- Training, posts, exchange and certificates (G9, the ratio of G10, G11, G12): one row per assessment, county and
-- indicator, with numerator and denominator; where some of it is missing, why, and the bounds between which the ratio
-- lies.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
),

-- A register that came without a line of an indicator's schools counts nobody.
teachers as (
    select
        a.assessment_year, a.county_code, i.indicator_code, f.data_year, f.file_name,
            coalesce(f.reason, case when f.data_year is null then 'not_reported' end) as form_reason,
        coalesce(t.teachers, 0) as teachers, coalesce(t.meeting, 0) as meeting, coalesce(t.failing, 0) as failing,
            coalesce(t.unknown, 0) as unknown,
        coalesce(t.schools_absent, 0) * {{ parameter('largest_staff', 'a.census_year') }} as absent,
        coalesce(t.is_set_aside, false) as is_set_aside
    from {{ ref('int_assessments') }} as a
    cross join (values ('G9'), ('G12')) as i (indicator_code)
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form = 'hr_teachers'
    left join {{ ref('int_teachers') }} as t on f.data_year = t.data_year and f.county_code = t.county_code
        and i.indicator_code = t.indicator_code
),

registered as (
    select
        assessment_year, county_code, indicator_code, data_year, file_name,
        case when form_reason is null and unknown + absent = 0 then meeting end as numerator,
        case when form_reason is null then teachers end as denominator,
        case
            when form_reason is not null then form_reason
            when unknown + absent > 0 then case when is_set_aside then 'quarantined' else 'not_reported' end
            when teachers = 0 then 'zero_denominator'
        end as reason,
        -- Nobody knows how many teachers an absent school has, but no school has more than a parameter says.
        case when form_reason is null and unknown + absent > 0 then meeting / (meeting + failing + unknown + absent)
            end as low,
        case when form_reason is null
            and unknown + absent > 0 then (meeting + unknown + absent) / (meeting + failing + unknown + absent)
            end as high
    from teachers
),

posts as (
    select
        a.assessment_year, a.county_code, 'G10' as indicator_code, f.data_year, f.file_name,
        case when p.schools_unknown = 0 then p.posts_allocated end as numerator, c.posts_approved as denominator,
        case
            when f.data_year is null or g.data_year is null then coalesce(f.reason, g.reason, 'not_reported')
            when c.posts_approved is null then case when c.is_set_aside then 'quarantined' else 'not_reported' end
            when c.posts_approved = 0 then 'zero_denominator'
            when p.posts_allocated is null or p.schools_unknown > 0 then case when p.is_set_aside then 'quarantined'
                else 'not_reported' end
        end as reason,
        case when p.schools_unknown > 0 and c.posts_approved > 0 then p.posts_allocated / c.posts_approved end as low,
        cast(null as double) as high
    from {{ ref('int_assessments') }} as a
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form = 'hr_posts'
    left join forms as g on a.assessment_year = g.assessment_year and a.county_code = g.county_code
        and g.form = 'hr_county'
    left join {{ ref('int_posts') }} as p on f.data_year = p.data_year and f.county_code = p.county_code
    left join {{ ref('int_approved_posts') }} as c on g.data_year = c.data_year and g.county_code = c.county_code
),

-- The ledger of exchange is one of events: once it has come, a school without a line had none.
exchanged as (
    select
        a.assessment_year, a.county_code, i.indicator_code, f.data_year, f.file_name,
        case when f.data_year is null then coalesce(f.reason, 'not_reported') end as form_reason,
        coalesce(e.teachers_exchanged, 0) as exchanged, coalesce(e.teachers_unknown, 0) as unknown,
        coalesce(e.backbone_exchanged, 0) as backbone, coalesce(e.backbone_unknown, 0) as backbone_unknown,
            coalesce(e.is_set_aside, false) as is_set_aside,
        case when t.data_year is null then coalesce(g.reason, 'not_delivered') end as register_reason,
        t.meeting as eligible, t.unknown as eligible_unknown,
            t.schools_absent * {{ parameter('largest_staff', 'a.census_year') }} as absent,
        t.is_set_aside as is_register_set_aside
    from {{ ref('int_assessments') }} as a
    cross join (values ('G11a'), ('G11b')) as i (indicator_code)
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code
        and f.form = 'hr_exchange'
    left join {{ ref('int_exchange') }} as e on f.data_year = e.data_year and f.county_code = e.county_code
        and i.indicator_code = e.indicator_code
    left join forms as g on a.assessment_year = g.assessment_year and a.county_code = g.county_code
        and g.form = 'hr_teachers'
    -- Held against who may be exchanged by the register of the same school year.
    left join {{ ref('int_teachers') }} as t on f.data_year = t.data_year and f.county_code = t.county_code
        and t.indicator_code = 'G11a'
),

exchange as (
    select
        assessment_year, county_code, indicator_code, data_year, file_name,
        case when form_reason is null and unknown = 0 then exchanged end as numerator,
        case when register_reason is null and eligible_unknown + absent = 0 then eligible end as denominator,
        case
            when form_reason is not null then form_reason
            when register_reason is not null then register_reason
            when unknown > 0 then 'quarantined'
            when eligible_unknown + absent > 0 then case when is_register_set_aside then 'quarantined'
                else 'not_reported' end
            when eligible = 0 then 'zero_denominator'
        end as reason,
        case when form_reason is null and register_reason is null and unknown + eligible_unknown + absent > 0
            then exchanged / nullif(eligible + eligible_unknown + absent, 0) end as low,
        case when form_reason is null and register_reason is null and unknown + eligible_unknown + absent > 0
            then (exchanged + unknown) / nullif(eligible, 0) end as high
    from exchanged
    where indicator_code = 'G11a'
    union all
    select
        assessment_year, county_code, indicator_code, data_year, file_name,
        case when form_reason is null and unknown + backbone_unknown = 0 then backbone end,
        case when form_reason is null and unknown = 0 then exchanged end,
        case
            when form_reason is not null then form_reason
            when unknown + backbone_unknown > 0 then case when is_set_aside then 'quarantined' else 'not_reported' end
            when exchanged = 0 then 'zero_denominator'
        end,
        case when form_reason is null and unknown + backbone_unknown > 0 then backbone / (exchanged + unknown) end,
        case when form_reason is null
            and unknown + backbone_unknown > 0 then (backbone + backbone_unknown + unknown) / (exchanged + unknown) end
    from exchanged
    where indicator_code = 'G11b'
),

ratios as (
    select * from registered
    union all by name
    select * from posts
    union all by name
    select * from exchange
)

select
    assessment_year, county_code, indicator_code, '' as school_id, 'all' as stage, cast(null as integer) as grade,
        cast(null as varchar) as subject, 'ratio' as part,
    numerator, denominator, low, high, cast(null as double) as standard, true as applies, reason, data_year,
        file_name as evidence, cast(null as varchar) as how
from ratios
