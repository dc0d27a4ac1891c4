{#
    Several verdicts as one: fail if any fails, else no_data if any is missing, else pass; what does not apply stays
    out.
#}
{% macro all_must_pass(verdict) -%}
    case
        when bool_or({{ verdict }} = 'fail') then 'fail'
        when bool_or({{ verdict }} = 'no_data') then 'no_data'
        when bool_or({{ verdict }} = 'pass') then 'pass'
        else 'not_applicable'
    end
{%- endmacro %}
