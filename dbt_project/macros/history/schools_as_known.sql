{# What was last known of each school on a day, of the counties that a condition on `county_code` leaves. #}
{% macro schools_as_known(condition='true') -%}
    (
        select
            county_code, school_id, arg_max(school_name, census_year) as school_name,
            arg_max(school_type, census_year) as school_type, arg_max(urban_rural, census_year) as urban_rural,
            arg_max(run_by is distinct from 'private', census_year) as is_public
        from {{ as_known('snapshot_schools') }}
        where {{ condition }}
        group by county_code, school_id
    )
{%- endmacro %}
