{#
    After a table is made: an error if its rows are not unique by the key that its test `unique_rows` names. A test of
    its own would cost dbt ten times the query. Rows of a view, rows grouped by their key, and figures of unique lines
    follow from what is required here: their tests run in development only.
#}
{% macro require_unique_rows() -%}
    {%- if execute -%}
        {%- for test in graph.nodes.values() | selectattr('attached_node', 'equalto', model.unique_id)
            if test.test_metadata.name == 'unique_rows' and not test.tags -%}
            {%- set columns = test.test_metadata.kwargs.columns -%}
            select error('{{ this.name }}: not unique by {{ columns | join(', ') }}: ' || repeated)
            from ({{ repeated_keys(get_where_subquery(this), columns) }}) as repeated
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
