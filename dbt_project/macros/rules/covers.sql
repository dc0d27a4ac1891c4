{#
    Whether an indicator covers a school, by the school's type and by who runs it. `scope` is a row of seed
    `indicator_scope`, `school` one of int_school_roster. Scope is decided here, for schools and for rows of registers.
#}
{% macro covers(scope, school) -%}
    ({{ scope }}.school_type = {{ school }}.school_type
        and ({{ scope }}.covers_private or {{ school }}.run_by is distinct from 'private'))
{%- endmacro %}
