-- A county's enrolment figures by year: migrant children, children with disabilities, the junior cohort, senior places.
{{ rows_in_force('enrolment', 'enrolment_county', [], [
    'migrant_children_eligible', 'migrant_children_placed', 'disabled_children', 'disabled_in_special_schools',
    'disabled_in_regular_classes', 'disabled_taught_at_home', 'cohort_entrants', 'cohort_in', 'cohort_out',
        'cohort_deaths',
    'cohort_graduates', 'senior_places',
]) }}
qualify row_number() over (partition by data_year, county_code order by row) = 1
