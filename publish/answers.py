"""What was answered, remembered: the screen at the end of a night asks what the file beside it asked."""

from collections.abc import Callable
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
    """Answers about one published warehouse and the folders beside it."""

    def __init__(self) -> None:
        self._given: dict[str, list[Any]] = {}

    def of(self, connection: Asks) -> Asks:
        """Return what asks the connection each question once."""
        return _Remembering(connection, self)

    def once(self, question: str, ask: Callable[[], list[Any]]) -> list[Any]:
        """Return the answer to a question, which is asked the first time only."""
        if question not in self._given:
            self._given[question] = ask()
        return self._given[question]


class _Remembering:
    def __init__(self, connection: Asks, answers: Answers):
        self._connection, self._answers = connection, answers

    def execute(self, sql: str, parameters: Any = None, /) -> Rows:
        question = repr((sql, parameters))
        return _Given(self._answers.once(question, lambda: self._connection.execute(sql, parameters).fetchall()))


class _Given:
    def __init__(self, rows: list[Any]):
        self._rows = rows

    def fetchall(self) -> list[Any]:
        return self._rows
