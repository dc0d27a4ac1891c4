-- The survey of social recognition by county and year: from single answers where there are any, else from the
-- summary; how large the sample should be, and what of it is out of balance.
with answers as ({{ rows_in_force('survey', 'survey_answers', ['respondent_group', 'urban_rural'], ['answer']) }}),

summaries as ({{ rows_in_force('survey', 'survey_summary',
    ['respondent_group', 'urban_rural'], ['answers_valid', 'answers_satisfied']) }}),

populations as ({{ rows_in_force('survey', 'survey_population', ['urban_rural'], ['residents']) }}),

-- A blank answer is none; one that was set aside may be satisfied or not, or not valid.
cells as (
    select
        a.data_year, a.county_code, a.respondent_group, a.urban_rural,
        count(*) filter (where not a.is_row_set_aside and s.is_valid) as valid,
        count(*) filter (where not a.is_row_set_aside and s.is_satisfied) as satisfied,
        count(*) filter (where not a.is_row_set_aside and s.is_satisfied) as satisfied_at_most,
        count(*) filter (where a.is_row_set_aside or (a.answer is null and a.is_set_aside)) as unreadable
    from answers as a
    left join {{ ref('survey_answers') }} as s on a.answer = s.answer
    group by a.data_year, a.county_code, a.respondent_group, a.urban_rural
    union all
    select
        data_year, county_code, respondent_group, urban_rural, answers_valid,
        case when answers_valid is not null then coalesce(answers_satisfied, 0) end, case
            when answers_valid is not null then coalesce(answers_satisfied, answers_valid) end,
        case when answers_satisfied is null then 1 else 0 end
    from summaries as s
    where not exists (select 1 from answers as a where a.data_year = s.data_year and a.county_code = s.county_code)
),

set_aside as (
    select data_year, county_code, bool_or(is_set_aside) as is_set_aside
    from (select data_year, county_code, is_set_aside from answers
    union all select data_year, county_code, is_set_aside from summaries)
    group by data_year, county_code
),

-- Of a line of the summary without its valid answers nobody knows how many there are: nothing bounds the rest.
counted as (
    select
        c.data_year, c.county_code,
        case when count(c.valid) = count(*) then sum(c.valid) end as valid,
        case when count(c.valid) = count(*) then sum(c.satisfied) end as satisfied,
        case when count(c.valid) = count(*) then sum(c.satisfied_at_most) end as satisfied_at_most,
        sum(c.unreadable) as unreadable,
        bool_or(c.satisfied_at_most is distinct from c.satisfied) as is_summary_open,
        sum(c.valid) filter (where c.respondent_group = 'parents') as parents,
        any_value(s.is_set_aside) as is_set_aside
    from cells as c
    inner join set_aside as s using (data_year, county_code)
    group by c.data_year, c.county_code
),

residents as (
    select data_year, county_code, case when count(residents) = count(*) then sum(residents) end as residents
    from populations
    group by data_year, county_code
),

others as (
    select data_year, county_code, min(answers) as smallest_group, avg(answers) as average_group, count(*) as groups
    from (
        select data_year, county_code, respondent_group, sum(valid) as answers
        from cells
        where respondent_group <> 'parents'
        group by data_year, county_code, respondent_group
    )
    group by data_year, county_code
),

areas as (
    select
        p.data_year, p.county_code,
        string_agg(p.urban_rural, ', ' order by p.urban_rural) filter (
            where {{ below(
                'coalesce(a.valid, 0) / nullif(c.valid, 0)', '(q.value * p.residents / nullif(r.residents, 0))'
            ) }}
        ) as thin_areas
    from populations as p
    inner join residents as r using (data_year, county_code)
    inner join counted as c using (data_year, county_code)
    inner join {{ ref('parameters') }} as q
        on q.parameter = 's1_area_share' and {{ in_force('q', 'p.data_year') }}
    left join (
        select data_year, county_code, urban_rural, sum(valid) as valid
        from cells
        group by data_year, county_code, urban_rural
    ) as a using (data_year, county_code, urban_rural)
    group by p.data_year, p.county_code
),

joined as (
    select
        c.data_year,
        c.county_code,
        c.valid,
        c.satisfied,
        c.satisfied_at_most,
        c.unreadable,
        c.is_summary_open,
        {{ rounded_up('(r.residents * ' ~ parameter('s1_sample_share', 'c.data_year') ~ ')') }} as sample_due,
        c.parents,
        o.smallest_group,
        o.average_group,
        a.thin_areas,
        c.is_set_aside,
        {{ parameter('s1_wilson_z', 'c.data_year') }} as z,
        {{ parameter('s1_parents_share', 'c.data_year') }} as parents_share,
        {{ parameter('s1_group_share', 'c.data_year') }} as group_share,
        {{ parameter('s1_smallest_sample', 'c.data_year') }} as smallest_sample
    from counted as c
    left join residents as r using (data_year, county_code)
    left join others as o using (data_year, county_code)
    left join areas as a using (data_year, county_code)
)

select
    data_year,
    county_code,
    valid,
    satisfied,
    sample_due,
    coalesce({{ below('valid', '(smallest_sample * sample_due)') }}, false) as is_too_small,
    is_set_aside,
    unreadable > 0 as is_open,
    case when unreadable > 0 then case when is_summary_open then satisfied / nullif(valid, 0)
        else satisfied / nullif(valid + unreadable, 0) end end as low,
    case when unreadable > 0 then case when is_summary_open then satisfied_at_most / nullif(valid, 0)
        else (satisfied + unreadable) / nullif(valid + unreadable, 0) end end as high,
    case when valid > 0 then
        (
            satisfied / valid + z * z / (2 * valid)
            - z * sqrt(satisfied / valid * (1 - satisfied / valid) / valid + z * z / (4 * valid * valid))
        ) / (1 + z * z / valid) * 100
    end as interval_low,
    case when valid > 0 then
        (
            satisfied / valid + z * z / (2 * valid)
            + z * sqrt(satisfied / valid * (1 - satisfied / valid) / valid + z * z / (4 * valid * valid))
        ) / (1 + z * z / valid) * 100
    end as interval_high,
    nullif(concat_ws(
        '; ',
        case
            when sample_due is null
                then '常住人口未报送，样本量无从核对 residents not delivered: sample size unchecked'
        end,
        case
            when {{ below('valid', 'sample_due') }}
                then '样本量不足 sample of ' || cast(valid as bigint) || ' is under ' || cast(sample_due as bigint)
        end,
        case
            when {{ below('coalesce(parents, 0)', '(parents_share * valid)') }}
                then '家长不足半数 too few parents: ' || cast(cast(coalesce(parents, 0) as bigint) as varchar)
        end,
        case
            when {{ below('smallest_group', '(group_share * average_group)') }}
                then '各群体人数悬殊 groups are far from equal'
        end,
        case when thin_areas is not null then '城乡分布与人口不符 thin against the residents: ' || thin_areas end,
        case when unreadable > 0 then '隔离的答卷 answers set aside: ' || cast(cast(unreadable as bigint) as varchar)
            end
    ), '') as warnings
from joined
