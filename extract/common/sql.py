"""Values inside SQL text, where a statement takes no parameters."""

from collections.abc import Iterable


def quote_text(value: object) -> str:
    """Return a value as an SQL text literal: it's → 'it''s'."""
    return "'" + str(value).replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """Return a name as an SQL identifier: all.pupils → "all.pupils"."""
    return '"' + name.replace('"', '""') + '"'


def quote_texts(values: Iterable[object]) -> str:
    """Return values as a list for ``in``: ('a', 'b')."""
    return f"({', '.join(map(quote_text, values))})"
