"""What a warehouse answered, remembered: the screen at the end of a night asks what the file beside it asked."""

from typing import Any, Protocol


class Rows(Protocol):
    """An answer."""

    def fetchall(self) -> list[Any]:
        """Return its rows."""


class Asks(Protocol):
    """A connection, or what stands for one where all rows of each answer are taken."""

    def execute(self, sql: str, parameters: Any = None, /) -> Rows:
        """Ask."""


class Answers:
    """Answers to questions of one published warehouse, by question and parameters."""

    def __init__(self) -> None:
        self._given: dict[str, list[Any]] = {}

    def of(self, connection: Asks) -> Asks:
        """Return what asks the connection each question once."""
        return _Remembering(connection, self._given)


class _Remembering:
    def __init__(self, connection: Asks, given: dict[str, list[Any]]):
        self._connection, self._given = connection, given

    def execute(self, sql: str, parameters: Any = None, /) -> Rows:
        question = repr((sql, parameters))
        if question not in self._given:
            self._given[question] = self._connection.execute(sql, parameters).fetchall()
        return _Given(self._given[question])


class _Given:
    def __init__(self, rows: list[Any]):
        self._rows = rows

    def fetchall(self) -> list[Any]:
        return self._rows
