"""The views that readers open: each login's own rows, the labels joined to them, and nothing that tells of others.

Row security alone tells of rows that are not a login's: a condition becomes a search in the index before the policy is
asked, and EXPLAIN counts what was found. A view gives the rows of a login through a function, which EXPLAIN does not
look into, and to who sees all the whole table behind a fence (``offset 0``) that no condition passes.

A condition on a label may not become a search among all labels, so the views give each as an expression over the row
and the label together, and the key of a label, which nobody sees, is a salted hash that no condition can name.
"""

from typing import TYPE_CHECKING

from publish.dictionary import Mart
from publish.targets.postgres.tables import columns_of, key_of, shared_columns

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql


def give_view(server: "psycopg.Connection", mart: Mart) -> None:
    """Make the view that readers open, with the descriptions of its columns."""
    from psycopg import sql

    table, view = sql.Identifier("rows_new", mart.name), sql.Identifier("marts_new", mart.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, columns_of(mart)))
    if own := _own_rows(mart):
        function = sql.Identifier("rows_new", f"own_{mart.name}")
        # Bound to the table itself, whatever its schema is called later.
        server.execute(
            sql.SQL(
                "create function {}() returns setof {} language sql stable security definer set search_path = "
                "pg_catalog, pg_temp begin atomic select * from {} where {}; end"
            ).format(function, table, table, sql.SQL(own))
        )
        server.execute(sql.SQL("revoke all on function {}() from public").format(function))
        # Statistics do not reach through a union, so estimates tell nothing of a condition's matches.
        body = sql.SQL(
            "select {0} from {1}() union all select * from (select {0} from {2} where (select access.sees_all()) "
            "union all select {0} from {2} where false offset 0) as everything"
        ).format(columns, function, table)
    else:
        body = sql.SQL("select {} from {}").format(columns, table)
    server.execute(sql.SQL("create view {} with (security_barrier) as {}").format(view, _with_labels(mart, body)))
    comments = [sql.SQL("comment on view {} is {}").format(view, sql.Literal(mart.description))]
    for column in mart.columns:
        name = sql.Identifier("marts_new", mart.name, column.name)
        comments.append(sql.SQL("comment on column {} is {}").format(name, sql.Literal(column.description)))
    server.execute(sql.SQL("; ").join(comments))


def _with_labels(mart: Mart, body: "sql.Composable") -> "sql.Composable":
    """Join the labels to the rows that a login may see; each row has one of each."""
    from psycopg import sql

    shared = shared_columns(mart)
    columns = []
    for column in mart.columns:
        name = sql.Identifier(column.name)
        if label := shared.get(column.name):
            key = sql.Identifier(key_of(label))
            given = sql.SQL("case when own.{} is not null then {}.{} end as {}")
            text = sql.Identifier(f"label_{column.name}")
            columns.append(given.format(key, sql.Identifier(label), text, name))
        else:
            columns.append(sql.SQL("own.{}").format(name))
    joins = [
        sql.SQL(" left join {0} as {1} on own.{2} = {1}.{2}").format(
            sql.Identifier("rows_new", f"label_{label}"), sql.Identifier(label), sql.Identifier(key_of(label))
        )
        for label in dict.fromkeys(shared.values())
    ]
    return sql.SQL("select {} from ({}) as own{}").format(sql.SQL(", ").join(columns), body, sql.SQL("").join(joins))


def _own_rows(mart: Mart) -> str:
    """Return the SQL condition of a login's own rows; empty where every reader sees all of them."""
    names = {column.name for column in mart.columns}
    if "county_code" in names:
        return "county_code = any ((select access.counties())::text[])"
    # A row about several counties is for those who may see every one of them.
    if "county_codes" in names:
        return "county_codes <> '' and string_to_array(county_codes, ',') <@ ((select access.counties())::text[])"
    return ""
