-- Rows in = loaded + quarantined + declared non-data, per file and step.
select * from {{ only_changed_counties(ref('mart_file_outcome')) }}
where rows_in <> rows_loaded + rows_quarantined + rows_non_data
