"""Rows of the published warehouse as dicts."""

from collections.abc import Callable, Collection
from typing import Any

import duckdb

from extract.common.sql import quote_text, quote_texts

Rows = Callable[[str], list[dict[str, Any]]]


def rows_of(connection: duckdb.DuckDBPyConnection, **here: object) -> Rows:
    """Return a function that runs SQL with those of the parameters ``$name`` that it uses."""

    def rows(sql: str) -> list[dict[str, Any]]:
        result = connection.execute(sql, {name: value for name, value in here.items() if f"${name}" in sql})
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return rows


def of_counties(codes: Collection[str]) -> str:
    """Return the condition that ``county_code`` is one of these, at least one.

    Bounds reach the tables behind a view that joins or turns columns into rows; a list of codes alone does not.
    """
    return (
        f"county_code between {quote_text(min(codes))} and {quote_text(max(codes))} and county_code in "
        f"{quote_texts(codes)}"
    )
