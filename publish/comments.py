"""The dictionary within the warehouse file: comments on marts and columns, and the marts in schema ``main`` as well.

So `show tables` lists them, and a client that shows comments tells what a column means.
"""

import duckdb

from extract.common.sql import quote_text
from publish.dictionary import Mart, marts

_UNSAID = """
    select schema_name, table_name, is_view, list(column_name order by column_index)
    from (
        select c.schema_name, c.table_name, c.column_name, c.column_index, c.comment, v.view_name is not null as is_view
        from duckdb_columns() as c
        left join duckdb_views() as v
            on c.database_name = v.database_name and c.schema_name = v.schema_name and c.table_name = v.view_name
        where c.database_name = current_database() and c.schema_name in ('marts', 'main')
    )
    group by all
    having count(comment) < count(*)
"""

_VIEWS_OF_MAIN = """
    select view_name from duckdb_views() where database_name = current_database() and schema_name = 'main'
"""


def describe(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the marts a view of the same name in schema ``main``, and whatever has no comment yet its comment."""
    known = {mart.name: mart for mart in marts()}
    there = {name for (name,) in connection.execute(_VIEWS_OF_MAIN).fetchall()}
    views = [f"create view main.{name} as from marts.{name}" for name in known if name not in there]
    _all_at_once(connection, views)
    unsaid = connection.execute(_UNSAID).fetchall()
    comments = [
        comment
        for schema, name, is_view, columns in unsaid
        if name in known
        for comment in _comments(known[name], f"{schema}.{name}", is_view, set(columns))
    ]
    _all_at_once(connection, comments)


def parquet_metadata(mart: Mart) -> str:
    """Return the option of ``copy … (format parquet)`` that writes descriptions into a file: of the mart, by column."""
    said = {"description": mart.description, **{f"column {c.name}": c.description for c in mart.columns}}
    return "kv_metadata {" + ", ".join(f"{quote_text(key)}: {quote_text(text)}" for key, text in said.items()) + "}"


def _all_at_once(connection: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    connection.execute(";".join(["begin", *statements, "commit"]))


def _comments(mart: Mart, place: str, is_view: bool, columns: set[str]) -> list[str]:
    return [
        f"comment on {'view' if is_view else 'table'} {place} is {quote_text(mart.description)}",
        *(
            f"comment on column {place}.{column.name} is {quote_text(column.description)}"
            for column in mart.columns
            if column.name in columns
        ),
    ]
