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
    Every comparison of computed figures goes through these guards: two figures that differ by floating-point noise only
    (relative 1e-9) are equal. A missing figure gives null, never false.
#}
{% macro noise() -%} 1e-9 {%- endmacro %}

{% macro at_least(value, threshold) -%}
    ({{ value }} >= {{ threshold }} - {{ noise() }} * abs({{ threshold }}))
{%- endmacro %}

{% macro at_most(value, threshold) -%}
    ({{ value }} <= {{ threshold }} + {{ noise() }} * abs({{ threshold }}))
{%- endmacro %}

{% macro alike(value, other) -%}
    (abs({{ value }} - {{ other }}) <= {{ noise() }} * greatest(abs({{ value }}), abs({{ other }})))
{%- endmacro %}

{% macro above(value, limit) -%}
    ({{ value }} > {{ limit }} + {{ noise() }} * abs({{ limit }}))
{%- endmacro %}

{% macro below(value, limit) -%}
    ({{ value }} < {{ limit }} - {{ noise() }} * abs({{ limit }}))
{%- endmacro %}

{# Whether a figure holds against its threshold, by the comparator of seed `indicators`. #}
{% macro holds(figure, comparator, threshold) -%}
    (case {{ comparator }}
        when '<' then {{ below(figure, threshold) }}
        when '<=' then {{ at_most(figure, threshold) }}
        else {{ at_least(figure, threshold) }}
    end)
{%- endmacro %}

{# The next whole number; one that is whole but for noise stays. #}
{% macro rounded_up(value) -%}
    ceil({{ value }} - {{ noise() }} * abs({{ value }}))
{%- endmacro %}

{#
    What is missing up to a threshold, in physical units: max(0, threshold * pupils / scale - quantity).
    Persons and rooms are rounded up, after the guard against noise; m2 and yuan stay as they are.
#}
{% macro shortfall(threshold, pupils, scale, quantity, rounding) -%}
    case
        when {{ at_least(quantity, '(' ~ threshold ~ ' * ' ~ pupils ~ ' / ' ~ scale ~ ')') }} then 0.0
        when {{ rounding }} = 'ceil'
            then ceil(
                {{ threshold }} * {{ pupils }} / {{ scale }} * (1 - {{ noise() }}) - {{ quantity }}
            )
        else {{ threshold }} * {{ pupils }} / {{ scale }} - {{ quantity }}
    end
{%- endmacro %}

{# The most telling of several reasons, by the order in seed `reasons`. #}
{% macro first_reason(reason) -%}
    arg_min({{ reason }}, list_position((select list(r.reason order by r.priority) from {{ ref('reasons') }} as r),
        {{ reason }}))
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

{#
    Several verdicts as one: fail if any fails, else no_data if any is missing, else pass; what does not apply stays out.
#}
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
