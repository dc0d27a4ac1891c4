-- The largest class of each school-stage, points and campuses counted with their school, between its bounds
-- (`largest_at_least`, `largest_at_most`); and by the census' bins alone, to hold the roster against.
select
    census_year,
    county_code,
    school_id,
    stage,
    case when count(classes) = count(*) and not bool_or(is_unresolved) then sum(classes) end as classes,
    case when not bool_or(is_unresolved) then coalesce(sum(classes), 0) end as classes_at_least,
    max(at_least) as largest_at_least,
    case when count(at_most) = count(*) and not bool_or(is_unresolved) then max(at_most) end as largest_at_most,
    max(lower_bound) as bins_at_least,
    case when count(bins_upper_bound) = count(*)
        and not bool_or(is_unresolved) then max(bins_upper_bound) end as bins_at_most,
    max(largest_class) as largest_in_roster,
    bool_or(is_from_roster) as is_from_roster,
    case
        when bool_or(is_unresolved) then 'unresolved_parent'
        else {{ most_severe_reason("coalesce(
            missing_reason, case when is_set_aside then 'quarantined' when at_most is null then 'not_reported' end
        )") }}
    end as reason
from {{ only_changed_counties(ref('int_class_parts')) }}
group by census_year, county_code, school_id, stage
