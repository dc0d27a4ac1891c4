-- Files in force of the other sources, by the name first delivered; not of registers of persons.
select d.source, d.year, d.county_code, d.file_sha256, any_value(d.form) as form,
    min_by(d.file_name, d.seq) as file_name
from {{ ref('stg_deliveries') }} as d
left join {{ ref('form_clocks') }} as f on d.form = f.form
where d.source not in ('census', 'published', 'school_changes') and d.status = 'in_force'
    and not coalesce(f.is_register_of_persons, false)
group by d.source, d.year, d.county_code, d.file_sha256
