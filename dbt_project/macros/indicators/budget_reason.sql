{#
    Why a school has no figure of its budget. `assessment` is a row of assessments_with('finance_budget'), `school` one
    of int_finance_schools.
#}
{% macro budget_reason(assessment, school) -%}
    case
        when {{ school }}.is_budget_set_aside then 'quarantined'
        when {{ school }}.has_budget then 'not_reported'
        else coalesce({{ assessment }}.form_reason, 'not_reported')
    end
{%- endmacro %}
