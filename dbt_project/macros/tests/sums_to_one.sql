{# Fails where shares within a group add up to anything but 1. #}
{% test sums_to_one(model, column_name, group_by) %}
    select {{ group_by | join(', ') }}, sum({{ column_name }}) as total
    from {{ model }}
    where {{ column_name }} is not null
    group by {{ group_by | join(', ') }}
    having not {{ alike('sum(' ~ column_name ~ ')', '1') }}
{% endtest %}
