-- G10 Posts: those allocated to schools by the total approved, at most 1; and posts allocated over all schools, as
-- attested.
with allocated as ({{ assessments_with('hr_posts') }}),

approved as ({{ assessments_with('hr_county') }}),

ratios as (
    select
        f.assessment_year,
        f.county_code,
        'G10' as indicator_code,
        'ratio' as part,
        case when p.schools_unknown = 0 then p.posts_allocated end as numerator,
        c.posts_approved as denominator,
        case when p.schools_unknown > 0 and c.posts_approved > 0 then p.posts_allocated / c.posts_approved end as low,
        case
            when coalesce(f.form_reason, g.form_reason) is not null then coalesce(f.form_reason, g.form_reason)
            when c.posts_approved is null then {{ row_reason('c.is_set_aside') }}
            when c.posts_approved = 0 then 'zero_denominator'
            when p.posts_allocated is null or p.schools_unknown > 0 then {{ row_reason('p.is_set_aside') }}
        end as reason,
        f.data_year,
        f.file_name as evidence
    from allocated as f
    inner join approved as g on f.assessment_year = g.assessment_year and f.county_code = g.county_code
    left join {{ ref('int_posts') }} as p on f.data_year = p.data_year and f.county_code = p.county_code
    left join {{ ref('int_approved_posts') }} as c on g.data_year = c.data_year and g.county_code = c.county_code
)

select * from ratios
union all by name
select * from ({{ attested_criteria('G10') }})
