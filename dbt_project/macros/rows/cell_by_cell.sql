{#
    A relation of one row per line and one column per figure, `<stage>.<measure>`, as one row per figure:
    `name` and `value`, blanks included. `keys` are the columns that stay.
#}
{% macro cell_by_cell(relation, keys) -%}
    {{ relation }} unpivot include nulls (value for name in (columns(* exclude ({{ keys | join(', ') }}))))
{%- endmacro %}
