-- Teachers exchanged in a school year, by county, year and indicator: each person once, a backbone teacher if any line
-- says so; only those sent by schools that the indicator covers, and none of the senior stage. Persons of whom only
-- set-aside lines tell may or may not have been exchanged.
with exchanges as (
    {{ rows_in_force('hr', 'hr_exchange', ['person', 'exchange_from_school_id'], ['is_backbone']) }}
),

seniors as (
    select distinct data_year, county_code, person
    from ({{ rows_in_force('hr', 'hr_teachers', ['person'], ['teaching_stage']) }})
    where teaching_stage = 'senior'
),

covered as (
    {%- for code in ('G11a', 'G11b') %}
    select '{{ code }}' as indicator_code, e.*
    from ({{ rows_in_scope('exchanges', code, 'exchange_from_school_id') }}) as e
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

persons as (
    select
        c.indicator_code, c.data_year, c.county_code, coalesce(c.person, cast(c.row as varchar)) as person,
        bool_or(not c.is_row_set_aside) as is_exchanged,
        coalesce(bool_or(c.is_backbone = 'yes'), false) as is_backbone,
        bool_or(c.is_backbone is null) as is_unknown,
        bool_or(c.is_set_aside) as is_set_aside
    from covered as c
    anti join seniors as s on c.data_year = s.data_year and c.county_code = s.county_code and c.person = s.person
    group by c.indicator_code, c.data_year, c.county_code, coalesce(c.person, cast(c.row as varchar))
)

select
    data_year,
    county_code,
    indicator_code,
    count(*) filter (where is_exchanged) as teachers_exchanged,
    count(*) filter (where not is_exchanged) as teachers_unknown,
    count(*) filter (where is_exchanged and is_backbone) as backbone_exchanged,
    count(*) filter (where is_exchanged and not is_backbone and is_unknown) as backbone_unknown,
    bool_or(is_set_aside) as is_set_aside
from persons
group by data_year, county_code, indicator_code
