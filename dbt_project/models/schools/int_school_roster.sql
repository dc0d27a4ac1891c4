-- Every school expected in a county's census of a year. Nobody vanishes: a school known from an
-- earlier census, an earlier list of the same year, a refused file or a quarantined row stays until
-- its figures come, or until it is recorded as closed or merged. See int_school_roster.md.
with deliveries as (
    select distinct year as census_year, county_code
    from {{ ref('stg_deliveries') }}
    where source = 'census' and county_code <> '' and status <> 'withdrawn' and shows_delivery
),

rows as (
    select *,
        case status when 'in_force' then 1 when 'quarantined' then 2 when 'refused' then 3 else 4 end as preference
    from {{ only_changed_counties(ref('stg_census_rows')) }}
    where {{ is_school_id('school_id') }}
),

reported_by_code as (
    select * from rows
    qualify row_number() over (partition by census_year, county_code, school_id order by preference, seq desc, row) = 1
),

-- What was last known of a school before each year in which its county delivered anything.
known_before as (
    select d.census_year, r.* exclude (census_year)
    from deliveries as d
    inner join reported_by_code as r on d.county_code = r.county_code and r.census_year < d.census_year
        and r.status = 'in_force'
    qualify row_number() over (partition by d.census_year, d.county_code, r.school_id order by r.census_year desc) = 1
),

-- A row whose code cannot be used is the school that bore its name in the last census, if just one did and no other row
-- speaks for it.
reported_by_name as (
    select b.school_id, r.* exclude (school_id)
    from {{ only_changed_counties(ref('stg_census_rows'), 'r') }}
    inner join known_before as b on r.census_year = b.census_year and r.county_code = b.county_code
        and r.school_name = b.school_name
    anti join reported_by_code as k on r.census_year = k.census_year and r.county_code = k.county_code
        and b.school_id = k.school_id
    where r.status = 'quarantined' and not {{ is_school_id('r.school_id') }}
    qualify min(b.school_id) over (partition by r.census_year, r.county_code, r.school_name) = max(b.school_id)
        over (partition by r.census_year, r.county_code, r.school_name)
        and row_number() over (partition by r.census_year, r.county_code, b.school_id order by r.seq desc, r.row) = 1
),

reported as (
    select * exclude (preference), cast(null as varchar) as file_of_another_code,
        cast(null as integer) as row_of_another_code from reported_by_code
    union all by name
    select *, file_sha256 as file_of_another_code, row as row_of_another_code from reported_by_name
),

-- A school split off is registered by a line of its own; the school it came from stays unless a line closes it.
changes as (
    select county_code, school_id, school_name, school_type, change, changed_on from {{ ref('stg_school_changes') }}
    union all
    select county_code, successor_school_id, null, null, change, changed_on from {{ ref('stg_school_changes') }}
    where change = 'split' and successor_school_id is not null
),

last_change as (
    select d.census_year, c.*
    from deliveries as d
    inner join changes as c
        on d.county_code = c.county_code and c.changed_on <= make_date(d.census_year, 9, 1)
    qualify row_number() over (
        partition by d.census_year, d.county_code, c.school_id
        order by c.changed_on desc, c.change in ('closed', 'merged') desc, c.school_name nulls last,
            c.school_type nulls last
    ) = 1
),

expected as (
    select census_year, county_code, school_id from reported
    union
    select census_year, county_code, school_id from known_before
    union
    select census_year, county_code, school_id from last_change where change in ('opened', 'split')
),

refused_lists as (
    select year as census_year, county_code,
        bool_or(status = 'refused') and not bool_or(status = 'in_force') as is_only_refused
    from {{ ref('stg_deliveries') }}
    where source = 'census' and form = 'census_list'
    group by all
)

select
    e.census_year,
    e.county_code,
    e.school_id,
    coalesce(r.school_name, b.school_name, c.school_name) as school_name,
    coalesce(r.school_type, b.school_type, c.school_type) as school_type,
    coalesce(r.urban_rural, b.urban_rural) as urban_rural,
    coalesce(r.run_by, b.run_by) as run_by,
    coalesce(r.counts_as_school, b.counts_as_school, true) as counts_as_school,
    coalesce(r.parent_school_id, b.parent_school_id) as parent_school_id,
    coalesce(r.is_boarding, b.is_boarding) as is_boarding,
    coalesce(r.year_built, b.year_built) as year_built,
    case when r.status = 'in_force' then r.form end as form,
    case when r.status = 'in_force' then r.file_sha256 end as file_sha256,
    case when r.status = 'in_force' then r.row end as row,
    r.file_of_another_code,
    r.row_of_another_code,
    case
        when r.status = 'in_force' then null
        when r.status in ('quarantined', 'refused') then r.status
        when l.is_only_refused then 'refused'
        else 'not_delivered'
    end as missing_reason
from expected as e
left join reported as r using (census_year, county_code, school_id)
left join known_before as b using (census_year, county_code, school_id)
left join last_change as c using (census_year, county_code, school_id)
left join refused_lists as l using (census_year, county_code)
where r.status = 'in_force' or coalesce(c.change, '') not in ('closed', 'merged')
