{#
    Every comparison of computed figures goes through these guards: two figures that differ by floating-point noise only
    (relative 1e-9) are equal. A missing figure gives null, never false.
#}
{% macro noise() -%} 1e-9 {%- endmacro %}
