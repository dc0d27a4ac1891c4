-- Counties whose census holds schools that nobody can place, how many, and what is known of them: a row without a
-- usable code whose name no school of the last census bears, a school whose type was never readable, a refused file of
-- an unknown school while an expected one has not come. They stand in no list of a stage, so what all schools must meet
-- stays open.
with unplaced as (
    select census_year, county_code, missing_reason, concat_ws(' ', school_name, school_id) as what
    from {{ ref('int_school_roster') }}
    where school_type is null and missing_reason is not null
    union all
    select census_year, county_code, 'quarantined', coalesce(school_name, school_id, '第 ' || row || ' 行 line')
    from {{ ref('stg_census_rows') }} as r
    where status = 'quarantined' and not {{ is_school_id('school_id') }}
        and not exists (
            select 1 from {{ ref('int_school_roster') }} as s
            where s.census_year = r.census_year and s.county_code = r.county_code and s.row_of_another_code = r.row
                and s.file_of_another_code = r.file_sha256
        )
    union all
    select year, county_code, 'refused', file_name
    from {{ ref('stg_deliveries') }} as d
    where source = 'census' and status <> 'withdrawn' and is_file_of_unknown_school
        -- Once every school that is expected has come, it can be none of them. Where nobody knows whom to expect, it
        -- stays.
        and (
            exists (
                select 1 from {{ ref('int_school_roster') }} as e
                where e.census_year = d.year and e.county_code = d.county_code and e.missing_reason is not null
            )
            or not exists (
                select 1 from {{ ref('stg_census_rows') }} as b
                where b.county_code = d.county_code and b.census_year < d.year and b.status = 'in_force'
            )
            and not exists (select 1 from {{ ref('stg_school_changes') }} as c
                where c.county_code = d.county_code and c.change = 'opened')
        )
)

select
    census_year, county_code, {{ most_severe_reason('missing_reason') }} as reason,
    count(*) as schools,
    list_sort(list(what)) as names
from unplaced
group by census_year, county_code
