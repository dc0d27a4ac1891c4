-- What units answered to the letters on their data: of a file, a place in it and a check the newest answer.
with answers as (
    {{ rows_in_force('answers', 'quality_letter',
        ['answered_file', 'answered_place', 'answered_check', 'letter_answer', 'answered_on'], []) }}
)

select
    county_code,
    answered_file as file_name,
    coalesce(answered_place, '') as place,
    answered_check as check_id,
    letter_answer as answer,
    try_cast(answered_on as date) as answered_on
from answers
where not is_row_set_aside and letter_answer is not null
qualify row_number() over (partition by county_code, answered_file, answered_place, answered_check
order by data_year desc, answered_on desc nulls last, row) = 1
