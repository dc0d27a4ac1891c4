-- Rows in = loaded + quarantined + declared non-data, per file. A misplaced file stands where its path says it belongs.
-- A row from which at least one value was set aside counts as quarantined; a refused or withdrawn file's rows are all
-- set aside with the file. Receipts are numbered within their county: gaps would tell how many files others delivered.
with lines as (
    select
        d.seq, d.status, r.sheet, r.line, r.row, r.kind,
        r.kind = 'data' and exists (
            select 1 from {{ source('bronze', 'quarantined_cells') }} as q
            left join {{ bronze_of_changed_counties('cell_locations') }} as p
                on q.source = p.source and q.year = p.year and q.file_sha256 = p.file_sha256 and q.stage = p.stage
                    and q.measure = p.measure
            where q.source = d.source and q.year = d.year and q.county_code = d.county_code
                and q.file_sha256 = d.file_sha256 and q.row = r.row
                and (q.stage is null or p.line is null or (p.sheet = r.sheet and p.line = r.line))
        ) as is_set_aside
    from {{ ref('stg_deliveries') }} as d
    inner join {{ bronze_of_changed_counties('rows') }} as r
        on d.source = r.source and d.year = r.year and d.file_sha256 = r.file_sha256
),

counted as (
    select
        seq,
        count(*) filter (where kind = 'data' and status not in ('refused', 'withdrawn')
            and not is_set_aside) as rows_loaded,
        count(*) filter (where kind = 'data' and (status in ('refused', 'withdrawn')
            or is_set_aside)) as rows_quarantined,
        count(*) filter (where kind <> 'data') as rows_non_data,
        bool_and(is_set_aside) filter (where kind = 'data') as is_all_set_aside
    from lines
    group by seq
),

files as (
    select
        d.*,
        coalesce(b.rows_in, 0) as rows_in,
        coalesce(c.rows_loaded, 0) as rows_loaded,
        coalesce(c.rows_quarantined, 0) as rows_quarantined,
        coalesce(c.rows_non_data, 0) as rows_non_data,
        d.form = 'census_workbook' and coalesce(c.is_all_set_aside, false) as is_refused_by_checks
    from {{ ref('stg_deliveries') }} as d
    left join {{ source('bronze', 'parsed_files') }} as b
        on d.source = b.source and d.year = b.year and d.file_sha256 = b.file_sha256
    left join counted as c on d.seq = c.seq
)

{% call described(['county']) %}
select
    cast(dense_rank() over (partition by named_county_code order by seq) as integer) as receipt,
    step,
    named_source as source,
    cast(named_year as integer) as year,
    named_county_code as county_code,
    file_name,
    path,
    file_sha256,
    form,
    received_at,
    case
        when step = 'receive' then 'received'
        when status = 'refused' or is_refused_by_checks then 'refused'
        when step = 'validate' and rows_quarantined > 0 and status = 'in_force' then 'quarantined'
        else status
    end as status,
    step <> 'receive' and (is_open or (is_refused_by_checks and status = 'in_force')) as is_open,
    cast(rows_in as integer) as rows_in,
    cast(rows_loaded as integer) as rows_loaded,
    cast(rows_quarantined as integer) as rows_quarantined,
    cast(rows_non_data as integer) as rows_non_data,
    case when step <> 'receive' then coalesce(reason, case
        when rows_quarantined > 0 and step = 'validate' then 'quarantined' end) end as reason,
    case when step <> 'receive' then message_zh end as message_zh,
    case when step <> 'receive' then message_en end as message_en
from files
cross join (values ('receive'), ('read'), ('validate')) as s (step)
where not (status = 'refused' and step = 'validate')
{% endcall %}
order by county_code, receipt, step
