-- What government assurance is judged on: one row per assessment, indicator, place it is judged at and part, with
-- numerator and denominator, or why they are missing. Where an indicator asks for several things, each is a part.
with forms as (
    select * from {{ ref('int_assessment_forms') }}
),

county_finance as (
    select a.assessment_year, a.county_code, a.data_year, a.reason as form_reason, a.file_name, c.* exclude (data_year, county_code)
    from forms as a
    left join {{ ref('int_finance_counties') }} as c on a.data_year = c.data_year and a.county_code = c.county_code
    where a.form = 'finance_county'
),

county_enrolment as (
    select a.assessment_year, a.county_code, a.data_year, a.reason as form_reason, a.file_name, e.* exclude (data_year, county_code)
    from forms as a
    left join {{ ref('int_enrolment_counties') }} as e on a.data_year = e.data_year and a.county_code = e.county_code
    where a.form = 'enrolment_county'
),

attested as (
    select
        a.assessment_year, a.county_code, i.indicator_code, coalesce(i.item, '') as part,
        t.value, t.evidence, coalesce(t.is_set_aside, false) as is_set_aside, f.reason as form_reason
    from {{ ref('int_assessments') }} as a
    cross join {{ ref('attested_items') }} as i
    left join {{ ref('int_attestations') }} as t
        on a.assessment_year = t.assessment_year and a.county_code = t.county_code and i.indicator_code = t.indicator_code
        and coalesce(i.item, '') = t.item and t.school_id = ''
    left join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code and f.form = 'attestations'
    where i.judged_at = 'county' and i.indicator_code like 'G%'
),

attestations as (
    select
        assessment_year, county_code, indicator_code, '' as school_id, 'all' as stage, part,
        value as numerator, cast(null as double) as denominator, 1.0 as standard, true as applies,
        case when value is null then case when is_set_aside then 'quarantined' else coalesce(form_reason, 'not_reported') end end as reason,
        assessment_year as data_year, evidence, 'attestation' as how
    from attested
),

rooms as (
    select
        a.assessment_year, a.county_code, 'G3' as indicator_code, r.school_id, 'all' as stage, r.part,
        case when f.data_year is not null and not r.is_set_aside and r.rooms_registered > 0 then r.rooms end as numerator,
        r.rooms_due as denominator, 1.0 as standard, r.rooms_due is distinct from 0 as applies,
        case
            when r.reason is not null then r.reason
            when f.data_year is null then f.reason
            when r.is_set_aside then 'quarantined'
            when r.rooms_due = 0 then 'zero_denominator'
            when r.rooms_registered = 0 then 'not_reported'
        end as reason,
        f.data_year, f.file_name as evidence, '>= ' || cast(r.area_m2 as varchar) || ' m²' as how
    from {{ ref('int_rooms') }} as r
    inner join {{ ref('int_assessments') }} as a on r.census_year = a.census_year and r.county_code = a.county_code
    inner join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code and f.form = 'room_register'
),

sizes as (
    select
        s.census_year, s.county_code, s.school_id,
        case when s.has_primary and s.has_junior then 'combined' else 'single_stage' end as school_type_group,
        case when count(p.pupils) = count(*) then sum(p.pupils) end as pupils,
        coalesce(any_value(s.missing_reason), {{ first_reason('p.reason') }}) as reason,
        any_value(s.year_built) as year_built
    from {{ ref('int_scope_schools') }} as s
    left join {{ ref('int_school_pupils') }} as p
        on s.census_year = p.census_year and s.county_code = p.county_code and s.school_id = p.school_id and p.stage in ('primary', 'junior')
    where s.indicator_code = 'G4' and s.counts_as_school
    group by s.census_year, s.county_code, s.school_id, s.has_primary, s.has_junior
),

school_size as (
    select
        a.assessment_year, a.county_code, 'G4' as indicator_code, z.school_id, 'all' as stage, '' as part,
        z.pupils as numerator, cast(null as double) as denominator,
        greatest(p.threshold, max(c.threshold)) as standard, true as applies,
        z.reason, a.census_year as data_year, cast(null as varchar) as evidence, z.school_type_group as how
    from sizes as z
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    inner join {{ ref('int_county_standards') }} as v using (census_year, county_code)
    inner join {{ ref('standards') }} as p
        on v.standard_version = p.standard_version and p.indicator_code = 'G4' and z.school_type_group = p.school_type_group
        and z.census_year between p.valid_from_year and coalesce(p.valid_to_year, 9999)
    left join {{ ref('concessions') }} as c
        on c.indicator_code = 'G4' and c.school_type_group = z.school_type_group and z.year_built <= c.built_by_year
        and {{ parameter_by_name('c.parameter', 'z.census_year') }} = 1
    group by a.assessment_year, a.county_code, z.school_id, z.pupils, p.threshold, z.reason, a.census_year, z.school_type_group
),

-- The largest class is known to be over the limit, known to be within it, or neither.
class_limits as (
    select
        z.*, p.threshold,
        case
            when z.largest_at_least > p.threshold then z.largest_at_least
            when z.largest_at_most <= p.threshold then z.largest_at_most
        end as largest_class
    from {{ ref('int_class_sizes') }} as z
    inner join {{ ref('int_scope_schools') }} as s
        on z.census_year = s.census_year and z.county_code = s.county_code and z.school_id = s.school_id and s.indicator_code = 'G5'
    inner join {{ ref('int_county_standards') }} as v on z.census_year = v.census_year and z.county_code = v.county_code
    inner join {{ ref('standards') }} as p
        on v.standard_version = p.standard_version and p.indicator_code = 'G5' and z.stage = p.stage
        and z.census_year between p.valid_from_year and coalesce(p.valid_to_year, 9999)
    where s.counts_as_school and z.classes is distinct from 0
),

class_size as (
    select
        a.assessment_year, a.county_code, 'G5' as indicator_code, z.school_id, z.stage, '' as part,
        z.largest_class as numerator, cast(null as double) as denominator, z.threshold as standard, true as applies,
        case when z.largest_class is null then coalesce(z.reason, 'not_reported') end as reason,
        a.census_year as data_year, cast(null as varchar) as evidence,
        case when z.is_from_roster then 'class_roster' else 'census_bins' end as how
    from class_limits as z
    inner join {{ ref('int_assessments') }} as a on z.census_year = a.census_year and z.county_code = a.county_code
),

-- Judged before folding: a small point is funded as such even where it counts with its school.
small_schools as (
    select
        a.assessment_year, a.county_code, 'G6' as indicator_code, s.school_id, 'all' as stage, '' as part,
        b.public_funds_approved_yuan as numerator,
        {{ parameter('g6_pupils', 'a.census_year') }} * c.quota_primary_yuan as denominator,
        1.0 as standard, true as applies,
        case
            when p.value is null then coalesce(p.reason, s.missing_reason, 'not_reported')
            when b.public_funds_approved_yuan is null then case
                when b.is_budget_set_aside then 'quarantined' when b.has_budget then 'not_reported' else coalesce(f.reason, 'not_reported') end
            when c.quota_primary_yuan is null then coalesce(c.form_reason, case when c.is_set_aside then 'quarantined' end, 'not_reported')
        end as reason,
        f.data_year, f.file_name as evidence, cast(null as varchar) as how
    from {{ ref('int_scope_schools') }} as s
    inner join {{ ref('int_assessments') }} as a using (census_year, county_code)
    inner join {{ ref('int_school_measures') }} as p
        on s.census_year = p.census_year and s.county_code = p.county_code and s.school_id = p.school_id
        and p.measure = 'pupils' and p.stage = 'primary'
    inner join forms as f on a.assessment_year = f.assessment_year and a.county_code = f.county_code and f.form = 'finance_budget'
    left join {{ ref('int_finance_schools') }} as b
        on f.data_year = b.fiscal_year and f.county_code = b.county_code and s.school_id = b.school_id
    left join county_finance as c on a.assessment_year = c.assessment_year and a.county_code = c.county_code
    where s.indicator_code = 'G6'
        and (s.urban_rural = 'rural' or {{ parameter('g6_covers_towns', 'a.census_year') }} = 1)
        and (p.value is null or p.value < {{ parameter('g6_pupils', 'a.census_year') }})
),

finance as (
    select
        assessment_year, county_code, indicator_code, numerator, denominator,
        case
            when denominator = 0 then 'zero_denominator'
            when numerator is null or denominator is null then coalesce(form_reason, case when is_set_aside then 'quarantined' end, 'not_reported')
        end as reason,
        data_year, file_name
    from (
        select assessment_year, county_code, 'G7' as indicator_code, special_education_funds_yuan as numerator,
            special_education_pupils as denominator, form_reason, is_set_aside, data_year, file_name
        from county_finance
        union all
        select assessment_year, county_code, 'G8', teacher_pay_yuan, civil_servant_pay_yuan, form_reason, is_set_aside, data_year, file_name
        from county_finance
    )
),

enrolment as (
    select
        assessment_year, county_code, 'G15' as indicator_code, migrant_children_placed as numerator, migrant_children_eligible as denominator,
        case
            when migrant_children_eligible = 0 then 'zero_denominator'
            when migrant_children_placed is null or migrant_children_eligible is null
                then coalesce(form_reason, case when is_set_aside then 'quarantined' end, 'not_reported')
        end as reason,
        data_year, file_name
    from county_enrolment
),

teachers as (
    select
        f.assessment_year, f.county_code, i.indicator_code,
        case i.indicator_code when 'G9' then t.teachers_trained when 'G12' then t.teachers_certified end as numerator,
        t.full_time_teachers as denominator,
        case
            when f.data_year is null then f.reason
            when t.is_set_aside then 'quarantined'
            when t.full_time_teachers = 0 then 'zero_denominator'
            when (case i.indicator_code when 'G9' then t.teachers_trained else t.teachers_certified end) is null then 'not_reported'
        end as reason,
        f.data_year, f.file_name
    from forms as f
    cross join (values ('G9'), ('G12')) as i (indicator_code)
    left join {{ ref('int_teachers') }} as t on f.data_year = t.data_year and f.county_code = t.county_code
    where f.form = 'hr_teachers'
),

posts as (
    select
        f.assessment_year, f.county_code, 'G10' as indicator_code, p.posts_allocated as numerator, c.posts_approved as denominator,
        case
            when f.data_year is null or g.data_year is null then coalesce(f.reason, g.reason)
            when p.is_set_aside or c.is_set_aside then 'quarantined'
            when c.posts_approved = 0 then 'zero_denominator'
            when p.posts_allocated is null or c.posts_approved is null then 'not_reported'
        end as reason,
        f.data_year, f.file_name
    from forms as f
    inner join forms as g on f.assessment_year = g.assessment_year and f.county_code = g.county_code and g.form = 'hr_county'
    left join {{ ref('int_posts') }} as p on f.data_year = p.data_year and f.county_code = p.county_code
    left join {{ ref('int_approved_posts') }} as c on g.data_year = c.data_year and g.county_code = c.county_code
    where f.form = 'hr_posts'
),

exchange as (
    select
        f.assessment_year, f.county_code, i.indicator_code,
        case i.indicator_code when 'G11a' then e.teachers_exchanged else e.backbone_exchanged end as numerator,
        case i.indicator_code when 'G11a' then t.teachers_eligible else e.teachers_exchanged end as denominator,
        case
            when f.data_year is null then f.reason
            when e.is_set_aside then 'quarantined'
            when i.indicator_code = 'G11a' and t.data_year is null then coalesce(g.reason, 'not_reported')
            when i.indicator_code = 'G11a' and t.is_set_aside then 'quarantined'
            when (case i.indicator_code when 'G11a' then t.teachers_eligible else e.teachers_exchanged end) = 0 then 'zero_denominator'
            when (case i.indicator_code when 'G11a' then t.teachers_eligible else e.backbone_exchanged end) is null then 'not_reported'
        end as reason,
        f.data_year, f.file_name
    from forms as f
    inner join forms as g on f.assessment_year = g.assessment_year and f.county_code = g.county_code and g.form = 'hr_teachers'
    cross join (values ('G11a'), ('G11b')) as i (indicator_code)
    left join {{ ref('int_exchange') }} as e on f.data_year = e.data_year and f.county_code = e.county_code
    left join {{ ref('int_teachers') }} as t on f.data_year = t.data_year and f.county_code = t.county_code
    where f.form = 'hr_exchange'
),

county_ratios as (
    select
        assessment_year, county_code, indicator_code, '' as school_id, 'all' as stage, 'ratio' as part, numerator, denominator,
        cast(null as double) as standard, reason is distinct from 'zero_denominator' as applies, reason, data_year,
        file_name as evidence, cast(null as varchar) as how
    from (
        select * from finance
        union all
        select * from enrolment
        union all
        select * from teachers
        union all
        select * from posts
        union all
        select * from exchange
    )
),

zones as (
    select
        f.assessment_year, f.county_code, 'G13' as indicator_code, '' as school_id, t.stage, 'ratio' as part,
        case when f.data_year is not null and count(z.numerator) = count(z.school_id) then sum(z.numerator) end as numerator,
        case when f.data_year is not null and count(z.denominator) = count(z.school_id) then sum(z.denominator) end as denominator,
        cast(null as double) as standard,
        count(z.school_id) > 0 or any_value(r.county_code) is null as applies,
        case
            when any_value(r.county_code) is null then 'not_delivered'
            when count(z.school_id) = 0 then 'zero_denominator'
            when f.data_year is null then f.reason
            else {{ first_reason("coalesce(z.reason, case when z.numerator is null or z.denominator is null then 'not_reported' end)") }}
        end as reason,
        f.data_year, f.file_name as evidence, cast(null as varchar) as how
    from forms as f
    cross join (values ('primary'), ('junior')) as t (stage)
    left join (select distinct census_year, county_code from {{ ref('int_school_roster') }}) as r
        on coalesce(f.data_year, f.assessment_year - 1) = r.census_year and f.county_code = r.county_code
    left join {{ ref('int_zones') }} as z
        on coalesce(f.data_year, f.assessment_year - 1) = z.census_year and f.county_code = z.county_code and t.stage = z.stage
    where f.form = 'enrolment_zones'
    group by f.assessment_year, f.county_code, t.stage, f.data_year, f.reason, f.file_name
),

senior_places as (
    select
        f.assessment_year, f.county_code, f.data_year, f.file_name, p.places, p.graduates, p.rural_places, p.rural_graduates, e.senior_places,
        case
            when f.data_year is null then f.reason
            when p.is_set_aside then 'quarantined'
            when p.places is null then 'not_reported'
        end as places_reason,
        coalesce(e.form_reason, case when e.is_set_aside then 'quarantined' end) as plan_reason
    from forms as f
    left join {{ ref('int_places') }} as p on f.data_year = p.data_year and f.county_code = p.county_code
    left join county_enrolment as e on f.assessment_year = e.assessment_year and f.county_code = e.county_code
    where f.form = 'enrolment_places'
),

-- The tilt: rural schools' share of the places is not below their share of the graduates. No rural graduates, no tilt.
allocated as (
    select
        assessment_year, county_code, 'G14' as indicator_code, '' as school_id, 'all' as stage, 'ratio' as part,
        places as numerator, senior_places as denominator, cast(null as double) as standard, senior_places is distinct from 0 as applies,
        case
            when senior_places = 0 then 'zero_denominator'
            when places is null or senior_places is null then coalesce(places_reason, plan_reason, 'not_reported')
        end as reason,
        data_year, file_name as evidence, cast(null as varchar) as how
    from senior_places
    union all
    select
        assessment_year, county_code, 'G14', '', 'all', 'rural_tilt', rural_places, places, rural_graduates / nullif(graduates, 0) * 100,
        rural_graduates is distinct from 0,
        case
            when rural_graduates = 0 then 'zero_denominator'
            when rural_places is null or rural_graduates is null or coalesce(places, 0) = 0 then coalesce(places_reason, 'not_reported')
        end,
        data_year, file_name, 'rural share of places against rural share of graduates'
    from senior_places
)

select * from attestations
union all
select * from rooms
union all
select * from school_size
union all
select * from class_size
union all
select * from small_schools
union all
select * from county_ratios
union all
select * from zones
union all
select * from allocated
