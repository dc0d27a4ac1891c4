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
