-- Training, posts, exchange and certificates (G9, the ratio of G10, G11, G12): one row per assessment, county and
-- indicator, with numerator and denominator, or why they are missing.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
),

teachers as (
    select
        f.assessment_year, f.county_code, i.indicator_code,
        case i.indicator_code when 'G9' then t.teachers_trained when 'G12' then t.teachers_certified end as numerator,
        t.full_time_teachers as denominator,
        case
            when f.data_year is null then f.reason
            when t.is_set_aside then 'quarantined'
            when t.full_time_teachers = 0 then 'zero_denominator'
            when (case i.indicator_code when 'G9' then t.teachers_trained else t.teachers_certified end) is null then 'not_reported'
        end as reason,
        f.data_year, f.file_name
    from forms as f
    cross join (values ('G9'), ('G12')) as i (indicator_code)
    left join {{ ref('int_teachers') }} as t on f.data_year = t.data_year and f.county_code = t.county_code
    where f.form = 'hr_teachers'
),

posts as (
    select
        f.assessment_year, f.county_code, 'G10' as indicator_code, p.posts_allocated as numerator, c.posts_approved as denominator,
        case
            when f.data_year is null or g.data_year is null then coalesce(f.reason, g.reason)
            when p.is_set_aside or c.is_set_aside then 'quarantined'
            when c.posts_approved = 0 then 'zero_denominator'
            when p.posts_allocated is null or c.posts_approved is null then 'not_reported'
        end as reason,
        f.data_year, f.file_name
    from forms as f
    inner join forms as g on f.assessment_year = g.assessment_year and f.county_code = g.county_code and g.form = 'hr_county'
    left join {{ ref('int_posts') }} as p on f.data_year = p.data_year and f.county_code = p.county_code
    left join {{ ref('int_approved_posts') }} as c on g.data_year = c.data_year and g.county_code = c.county_code
    where f.form = 'hr_posts'
),

exchange as (
    select
        f.assessment_year, f.county_code, i.indicator_code,
        case i.indicator_code when 'G11a' then e.teachers_exchanged else e.backbone_exchanged end as numerator,
        case i.indicator_code when 'G11a' then t.teachers_eligible else e.teachers_exchanged end as denominator,
        case
            when f.data_year is null then f.reason
            when e.is_set_aside then 'quarantined'
            when i.indicator_code = 'G11a' and t.data_year is null then coalesce(g.reason, 'not_reported')
            when i.indicator_code = 'G11a' and t.is_set_aside then 'quarantined'
            when (case i.indicator_code when 'G11a' then t.teachers_eligible else e.teachers_exchanged end) = 0 then 'zero_denominator'
            when (case i.indicator_code when 'G11a' then t.teachers_eligible else e.backbone_exchanged end) is null then 'not_reported'
        end as reason,
        f.data_year, f.file_name
    from forms as f
    inner join forms as g on f.assessment_year = g.assessment_year and f.county_code = g.county_code and g.form = 'hr_teachers'
    cross join (values ('G11a'), ('G11b')) as i (indicator_code)
    left join {{ ref('int_exchange') }} as e on f.data_year = e.data_year and f.county_code = e.county_code
    left join {{ ref('int_teachers') }} as t on f.data_year = t.data_year and f.county_code = t.county_code
    where f.form = 'hr_exchange'
),

ratios as (
    select * from teachers
    union all
    select * from posts
    union all
    select * from exchange
)

select
    assessment_year, county_code, indicator_code, '' as school_id, 'all' as stage, cast(null as integer) as grade, cast(null as varchar) as subject, 'ratio' as part,
    numerator, denominator, cast(null as double) as standard, reason is distinct from 'zero_denominator' as applies, reason, data_year, file_name as evidence, cast(null as varchar) as how
from ratios
