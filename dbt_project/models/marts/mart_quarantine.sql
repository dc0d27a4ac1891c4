{% call described(['county']) %}
select
    f.source,
    f.year,
    f.county_code,
    f.form,
    d.file_name,
    f.file_sha256,
    f.sheet,
    f.cell,
    f.school_id,
    f.school_name,
    f.check_id,
    f.severity,
    f.found,
    f.expected,
    f.who_acts,
    f.message_zh,
    f.message_en,
    f.how_to_fix_zh,
    f.how_to_fix_en,
    a.answer,
    a.answered_on
from {{ source('bronze', 'findings') }} as f
inner join (
    select source, year, county_code, file_sha256, min_by(file_name, seq) as file_name
    from {{ ref('stg_deliveries') }}
    where status = 'in_force'
    group by source, year, county_code, file_sha256
) as d on f.source = d.source and f.year = d.year and f.county_code = d.county_code and f.file_sha256 = d.file_sha256
-- A row that a newer delivery or a correction replaces needs no mending any more.
left join {{ ref('stg_census_rows') }} as r
    on f.source = 'census' and f.year = r.census_year and f.county_code = r.county_code
        and f.file_sha256 = r.file_sha256 and f.row = r.row
left join {{ ref('int_answers') }} as a
    on f.county_code = a.county_code and d.file_name = a.file_name and f.check_id = a.check_id
        and concat_ws('!', f.sheet, f.cell) = a.place
where coalesce(r.status, 'in_force') in ('in_force', 'quarantined')
{% endcall %}
order by all
