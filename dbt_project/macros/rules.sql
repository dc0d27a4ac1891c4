{#
    The value of a parameter in the year of a row. Parameters are data (seed `parameters`).
#}
{% macro parameter(name, year) -%}
    (
        select p.value from {{ ref('parameters') }} as p
        where p.parameter = '{{ name }}'
            and {{ year }} between p.valid_from_year and coalesce(p.valid_to_year, 9999)
    )
{%- endmacro %}

{#
    value >= threshold and value <= threshold, guarded against floating-point noise only.
    A missing value gives null, never false.
#}
{% macro at_least(value, threshold, tolerance) -%}
    ({{ value }} >= {{ threshold }} - {{ tolerance }} * abs({{ threshold }}))
{%- endmacro %}

{% macro at_most(value, threshold, tolerance) -%}
    ({{ value }} <= {{ threshold }} + {{ tolerance }} * abs({{ threshold }}))
{%- endmacro %}

{#
    What is missing up to a threshold, in physical units: max(0, threshold * pupils / scale - quantity).
    Persons and rooms are rounded up, after the guard against noise; m2 and yuan stay as they are.
#}
{% macro shortfall(threshold, pupils, scale, quantity, rounding, tolerance) -%}
    case
        when {{ at_least(quantity, '(' ~ threshold ~ ' * ' ~ pupils ~ ' / ' ~ scale ~ ')', tolerance) }} then 0.0
        when {{ rounding }} = 'ceil'
            then ceil(
                {{ threshold }} * {{ pupils }} / {{ scale }} * (1 - {{ tolerance }}) - {{ quantity }}
            )
        else {{ threshold }} * {{ pupils }} / {{ scale }} - {{ quantity }}
    end
{%- endmacro %}

{# The most telling of several reasons, by the order in seed `reasons`. #}
{% macro first_reason(reason) -%}
    arg_min({{ reason }}, list_position((select list(r.reason order by r.priority) from {{ ref('reasons') }} as r), {{ reason }}))
        filter (where {{ reason }} is not null)
{%- endmacro %}

{# The same of a parameter whose name stands in a row. #}
{% macro parameter_by_name(name, year) -%}
    (
        select p.value from {{ ref('parameters') }} as p
        where p.parameter = {{ name }}
            and {{ year }} between p.valid_from_year and coalesce(p.valid_to_year, 9999)
    )
{%- endmacro %}

{# Several verdicts as one: fail if any fails, else no_data if any is missing, else pass; what does not apply stays out. #}
{% macro conjunction(verdict) -%}
    case
        when bool_or({{ verdict }} = 'fail') then 'fail'
        when bool_or({{ verdict }} = 'no_data') then 'no_data'
        when bool_or({{ verdict }} = 'pass') then 'pass'
        else 'not_applicable'
    end
{%- endmacro %}

{# A figure of the part that is shown for the whole, null where that part has none. #}
{% macro of_first_part(column) -%}
    arg_min_null({{ column }}, precedence)
{%- endmacro %}

{# Every text of a group once, in order: a fifth of what the same takes as distinct and ordered string_agg. #}
{% macro each_once(text) -%}
    array_to_string(list_sort(list_distinct(list({{ text }}) filter (where {{ text }} is not null))), '; ')
{%- endmacro %}
