{#
    The criterion of a ratio judged for the county. `rows` has one row per assessment: numerator, denominator,
    missing_reason, and data_year and file_name of the form; `low` and `how` are columns of it, if it has them.
    A reported 0 nearly always means that nobody filled it in: only an attestation says that there is nobody.
#}
{% macro county_ratio(indicator_code, rows, stage='all', low='null', how='null') -%}
    select
        q.assessment_year,
        q.county_code,
        '{{ indicator_code }}' as indicator_code,
        '{{ stage }}' as stage,
        'ratio' as part,
        q.numerator,
        q.denominator,
        cast({{ low }} as double) as low,
        coalesce(q.denominator, 0) <> 0 or n.county_code is null as applies,
        case
            when n.county_code is not null and coalesce(q.denominator, 0) = 0 then 'attested_none'
            when q.denominator = 0 then 'zero_denominator'
            when q.numerator is null or q.denominator is null then q.missing_reason
        end as reason,
        q.data_year,
        coalesce(q.file_name, n.evidence) as evidence,
        cast({{ how }} as varchar) as how
    from {{ rows }} as q
    left join {{ ref('int_attested_none') }} as n
        on q.assessment_year = n.assessment_year and q.county_code = n.county_code
        and n.indicator_code = '{{ indicator_code }}'
{%- endmacro %}
