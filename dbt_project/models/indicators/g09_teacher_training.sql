-- G9 Teacher training: full-time teachers who completed 360 hours in 5 years (pro rata in their first years), of all.
{{ teachers_meeting('G9') }}
