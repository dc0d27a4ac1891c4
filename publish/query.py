"""Rows of the published warehouse as dicts."""

from collections.abc import Callable
from typing import Any

import duckdb

Rows = Callable[[str], list[dict[str, Any]]]


def rows_of(connection: duckdb.DuckDBPyConnection, **here: object) -> Rows:
    """Return a function that runs SQL with those of the parameters ``$name`` that it uses."""

    def rows(sql: str) -> list[dict[str, Any]]:
        result = connection.execute(sql, {name: value for name, value in here.items() if f"${name}" in sql})
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return rows
