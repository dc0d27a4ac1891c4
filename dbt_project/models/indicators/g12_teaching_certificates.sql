-- G12 Certificates: full-time teachers who hold a teaching certificate, of all.
{{ teachers_meeting('G12') }}
