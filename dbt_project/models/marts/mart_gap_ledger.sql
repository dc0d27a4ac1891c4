-- The ledger of what is to be mended (整改台账): a line per gap that the figures show and per problem that a document
-- reports, with who answers for it and by when. See mart_gap_ledger.md. It is asked county by county: what two readers
-- share stands with each of them, so that the condition reaches it (`not materialized` does not stay in the file).
{%- set episodes = ref_as_known('int_gap_episodes') %}
with
-- A short name is the school that the office's own list says, else the one whose code the office filled in for it, else
-- the one school of the county that bears just that name.
resolved as (
    select county_code, alias as reported_name, school_id, 1 as rank from {{ ref('int_school_aliases') }}
    union all
    select county_code, school_name, min(school_id), 2
    from {{ as_known('snapshot_remediation') }}
    where school_id <> '' and school_name <> ''
    group by county_code, school_name
    union all
    select county_code, school_name, any_value(school_id), 3
    from {{ schools_as_known('county_code in (select p.county_code from ' ~ ref('reported_problems') ~ ' as p)') }}
    group by county_code, school_name
    having count(*) = 1
),

names as (
    select county_code, reported_name, school_id from resolved
    qualify row_number() over (partition by county_code, reported_name order by rank) = 1
),

-- A problem is on record from the day that its document was issued; where this was not printed whole, from the earliest
-- day that is certain.
reported as (
    select
        p.county_code, p.indicator_code, coalesce(p.subject, '') as subject, p.reported_name, p.office, p.what,
            p.due_year, p.document,
        n.school_id, p.monitoring_year,
        coalesce(
            try_cast(d.issued as date), try_cast(d.issued || '-01' as date), try_cast(d.issued || '-01-01' as date),
            try_cast(d.not_before as date), make_date(cast(left(d.period, 4) as integer), 1, 1)
        ) as reported_on,
        case when try_cast(d.issued as date) is null then coalesce(
            case when nullif(d.issued, '') is not null then '发文时间 issued ' || d.issued end, d.not_before_basis,
                '文件所涉年份 period of the document ' || d.period
        ) end as opened_on_basis
    from {{ ref('reported_problems') }} as p
    left join names as n on p.county_code = n.county_code and p.reported_name = n.reported_name
    left join {{ ref('stg_published_documents') }} as d on p.document = d.document
    qualify row_number() over (partition by p.county_code, p.indicator_code, p.subject,
        coalesce(n.school_id, p.reported_name, '') order by p.reported_name) = 1
),

-- What figures said of each reported problem, since when and until when, from the year of its document on (of
-- monitoring, after the round that found it).
figures as (
    select r.county_code, r.indicator_code, r.subject, coalesce(r.school_id, '') as school_id, f.census_year as year,
        f.verdict, f.known_from, f.known_to
    from reported as r
    inner join {{ ref('snapshot_resource_values') }} as f
        on r.county_code = f.county_code and r.indicator_code = f.indicator_code and r.school_id = f.school_id
    where f.census_year >= extract(year from r.reported_on)
        and f.known_from < cast(as_known_on as timestamp) + interval 1 day
    union all
    select r.county_code, r.indicator_code, r.subject, coalesce(r.school_id, ''), f.data_year, f.verdict, f.known_from,
        f.known_to
    from reported as r
    inner join {{ ref('snapshot_indicator_results') }} as f
        on r.county_code = f.county_code and r.indicator_code = f.indicator_code and r.subject = f.subject_of_key
        and coalesce(r.school_id, '') = f.school_id and f.judged_at <> 'county'
    where f.data_year > coalesce(r.monitoring_year, extract(year from r.reported_on) - 1)
        and f.known_from < cast(as_known_on as timestamp) + interval 1 day
),

-- The first day from which one of those years was known to be mended in every stage and grade.
mended as (
    select p.county_code, p.indicator_code, p.subject, p.school_id, cast(min(p.known_from) as date) as mended_on
    from figures as p
    where p.verdict = 'pass' and not exists (
        select 1 from figures as o
        where o.county_code = p.county_code and o.indicator_code = p.indicator_code and o.subject = p.subject
            and o.school_id = p.school_id and o.year = p.year
            and o.verdict in ('fail', 'no_data') and o.known_from <= p.known_from
                and coalesce(o.known_to > p.known_from, true)
    )
    group by p.county_code, p.indicator_code, p.subject, p.school_id
),

problems as (
    select r.*, m.mended_on
    from reported as r
    left join mended as m
        on r.county_code = m.county_code and r.indicator_code = m.indicator_code and r.subject = m.subject
            and coalesce(r.school_id, '') = m.school_id
),

-- The gaps that figures show, and what documents report that they did not show before it was mended.
lines as (
    select
        e.county_code, e.school_id, r.reported_name, e.stage, e.indicator_code, e.grade, e.subject,
        e.opened_on, cast(null as varchar) as opened_on_basis, e.closed_on, e.year as census_year, e.gap,
            e.gap_at_opening, r.what, r.office, r.due_year, r.document,
        r.indicator_code is not null as is_reported, true as is_confirmed
    from {{ episodes }} as e
    left join problems as r
        on e.county_code = r.county_code and e.indicator_code = r.indicator_code and e.subject = r.subject
            and e.school_id = coalesce(r.school_id, '')
        and (r.school_id is not null or r.subject <> '') and coalesce(e.opened_on <= r.mended_on, true)
    union all
    select
        r.county_code, coalesce(r.school_id, ''), r.reported_name, '', r.indicator_code, 0, r.subject,
        r.reported_on, r.opened_on_basis, r.mended_on, null, null, null, r.what, r.office, r.due_year, r.document,
        true, false
    from problems as r
    -- Not `where not exists`: a reader's condition on the county reaches what is joined.
    left join {{ episodes }} as e
        on r.county_code = e.county_code and r.indicator_code = e.indicator_code and r.subject = e.subject
            and coalesce(r.school_id, '') = e.school_id and (r.school_id is not null or r.subject <> '')
                and coalesce(e.opened_on <= r.mended_on, true)
    where e.county_code is null
),

plans as (
    select county_code, min(target_year) as due_year from {{ as_known('snapshot_targets') }}
    where metric = 'indicators_meeting_standard_share' and group_name = ''
    group by county_code
),

answered as (
    select
        l.*,
        coalesce(s.school_name, l.reported_name) as school_name,
        s.school_type, s.urban_rural, s.is_public,
        i.name_zh as indicator_zh,
        i.gap_unit as unit,
        coalesce(m.office, l.office, o.office) as responsible_office,
        -- A post is of the office that is named, whoever named it.
        coalesce(m.post, case when coalesce(m.office, l.office) is null then o.post end) as responsible_post,
        coalesce(m.due_date, make_date(coalesce(l.due_year, o.due_year, p.due_year), 12, 31)) as due_date,
        m.remark
    from lines as l
    inner join {{ ref('indicators') }} as i on l.indicator_code = i.indicator_code
    left join {{ schools_as_known() }} as s on l.county_code = s.county_code and l.school_id = s.school_id
    left join {{ as_known('snapshot_remediation') }} as m
        on l.county_code = m.county_code and l.indicator_code = m.indicator_code
        and (l.school_id = m.school_id or (m.school_id = '' and m.school_name = l.reported_name))
            and m.stage in ('', l.stage)
    left join {{ ref('int_responsible_offices') }} as o
        on l.county_code = o.county_code and l.indicator_code = o.subject
    left join plans as p on l.county_code = p.county_code
    qualify row_number() over (
        partition by l.county_code, l.school_id, l.reported_name, l.stage, l.indicator_code, l.grade, l.subject,
            l.opened_on
        order by m.stage desc, l.what
    ) = 1
),

standing as (
    select
        *,
        case
            when closed_on is not null then 'closed'
            when due_date < cast(as_of as date) then 'overdue'
            when is_confirmed then 'open'
            else 'reported'
        end as status,
        date_diff('day', opened_on, coalesce(closed_on, cast(as_of as date))) as days_open
    from answered
)

{% call described(['county']) %}
select
    county_code,
    school_id,
    school_name,
    stage,
    indicator_code,
    indicator_zh,
    cast(nullif(grade, 0) as integer) as grade,
    nullif(subject, '') as subject,
    opened_on,
    opened_on_basis,
    closed_on,
    cast(census_year as integer) as census_year,
    gap as quantity_missing,
    gap_at_opening as quantity_at_opening,
    unit,
    responsible_office,
    responsible_post,
    due_date,
    remark,
    status,
    cast(days_open as integer) as days_open,
    is_reported,
    is_confirmed,
    what as reported_problem,
    document,
    -- Slow: overdue, or open this long without becoming smaller.
    status = 'overdue' or (
        status in ('open', 'reported')
            and days_open >= {{ parameter('notice_after_days', 'extract(year from cast(as_of as date))') }}
        and coalesce({{ at_least('gap', 'gap_at_opening') }}, true)
    ) as needs_notice,
    school_type,
    urban_rural,
    is_public
from standing
{% endcall %}
order by county_code, status, indicator_code, school_id, stage, grade, subject, opened_on
