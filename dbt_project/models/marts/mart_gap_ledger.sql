-- The ledger of what is to be mended (整改台账): a line per gap that the figures show and per problem that a document
-- reports, with who answers for it and by when. See mart_gap_ledger.md.
with schools as (
    select county_code, school_id, arg_max(school_name, census_year) as school_name
    from {{ as_known('snapshot_schools') }}
    group by county_code, school_id
),

-- A short name is a school if the alias seed says so, or if one school of the county bears just that name.
reported as (
    select
        p.county_code, p.indicator_code, coalesce(p.subject, '') as subject, p.reported_name, p.office, p.what, p.due_year, p.document,
        coalesce(a.school_id, case when count(s.school_id) = 1 then any_value(s.school_id) end) as school_id,
        make_date(cast(left(coalesce(nullif(d.issued, ''), d.period), 4) as integer), 1, 1) as reported_on
    from {{ ref('reported_problems') }} as p
    left join {{ ref('school_aliases') }} as a on p.county_code = a.county_code and p.reported_name = a.alias
    left join schools as s on p.county_code = s.county_code and p.reported_name = s.school_name
    left join {{ ref('stg_published_documents') }} as d on p.document = d.document
    group by p.county_code, p.indicator_code, p.subject, p.reported_name, p.office, p.what, p.due_year, p.document, a.school_id, d.issued, d.period
),

episodes as (
    select * from {{ ref_as_known('int_gap_episodes') }}
),

-- What the latest figures say of a reported problem that they never showed as a gap.
figures as (
    select county_code, school_id, indicator_code, '' as subject, census_year as year, verdict, known_from from {{ as_known('snapshot_resource_values') }}
    where county_code in (select r.county_code from reported as r)
    union all
    select county_code, school_id, indicator_code, subject_of_key, assessment_year - 1, verdict, known_from from {{ as_known('snapshot_indicator_results') }}
    where county_code in (select r.county_code from reported as r) and judged_at <> 'county'
),

mended as (
    select f.county_code, f.school_id, f.indicator_code, f.subject, {{ conjunction('f.verdict') }} as verdict, cast(max(f.known_from) as date) as known_on
    from figures as f
    inner join (
        select county_code, school_id, indicator_code, subject, max(year) as year from figures
        where verdict in ('pass', 'fail')
        group by county_code, school_id, indicator_code, subject
    ) as l using (county_code, school_id, indicator_code, subject, year)
    group by f.county_code, f.school_id, f.indicator_code, f.subject
),

lines as (
    select
        e.county_code, e.school_id, cast(null as varchar) as reported_name, e.stage, e.indicator_code, e.grade, e.subject,
        e.opened_on, e.closed_on, e.year as census_year, e.gap, e.gap_at_opening, r.what, r.office, r.due_year, r.document,
        r.indicator_code is not null as is_reported, true as is_confirmed
    from episodes as e
    left join reported as r
        on e.county_code = r.county_code and e.indicator_code = r.indicator_code and e.subject = r.subject and e.school_id = coalesce(r.school_id, '')
        and (r.school_id is not null or r.subject <> '')
    union all
    select
        r.county_code, coalesce(r.school_id, ''), r.reported_name, '', r.indicator_code, 0, r.subject,
        r.reported_on, case when m.verdict = 'pass' then m.known_on end, null, null, null, r.what, r.office, r.due_year, r.document,
        true, false
    from reported as r
    left join mended as m
        on r.county_code = m.county_code and r.indicator_code = m.indicator_code and r.subject = m.subject and m.school_id = coalesce(r.school_id, '')
        and (r.school_id is not null or r.subject <> '')
    where not exists (
        select 1 from episodes as e
        where e.county_code = r.county_code and e.indicator_code = r.indicator_code and e.subject = r.subject
            and e.school_id = coalesce(r.school_id, '') and (r.school_id is not null or r.subject <> '')
    )
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
        i.name_zh as indicator_zh,
        i.gap_unit as unit,
        coalesce(m.office, l.office, o.office) as responsible_office,
        coalesce(m.post, o.post) as responsible_post,
        coalesce(m.due_date, make_date(coalesce(l.due_year, o.due_year, p.due_year), 12, 31)) as due_date,
        m.remark
    from lines as l
    inner join {{ ref('indicators') }} as i on l.indicator_code = i.indicator_code
    left join schools as s on l.county_code = s.county_code and l.school_id = s.school_id
    left join {{ as_known('snapshot_remediation') }} as m
        on l.county_code = m.county_code and l.indicator_code = m.indicator_code
        and (l.school_id = m.school_id or (m.school_id = '' and m.school_name = l.reported_name)) and m.stage in ('', l.stage)
    left join {{ ref('responsible_offices') }} as o on l.county_code = o.county_code and l.indicator_code = o.indicator_code
    left join plans as p on l.county_code = p.county_code
    qualify row_number() over (
        partition by l.county_code, l.school_id, l.reported_name, l.stage, l.indicator_code, l.grade, l.subject, l.opened_on
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
        status in ('open', 'reported') and days_open >= {{ parameter('notice_after_days', 'extract(year from cast(as_of as date))') }}
        and coalesce(gap >= gap_at_opening, true)
    ) as needs_notice
from standing
order by county_code, status, indicator_code, school_id, stage, grade, subject, opened_on
