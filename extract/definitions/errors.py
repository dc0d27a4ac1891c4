"""A definition that cannot be used, told to whom maintains it: which file, which line, what would be right."""

import difflib
from collections.abc import Iterable
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]


class DefinitionError(ValueError):
    """A definition that cannot be used: says in which file and line, and what would be right."""


def place_of(path: Path, line: int | None = None) -> str:
    """Return ``extract/sources/rooms/checks.yml:12``."""
    name = path.relative_to(_PROJECT).as_posix() if path.is_relative_to(_PROJECT) else str(path)
    return f"{name}:{line}" if line else name


def nearest(word: str, known: Iterable[str]) -> tuple[str, str]:
    """Return a hint at the nearest known word, in Chinese and in English; empty where none is near."""
    near = difflib.get_close_matches(word, list(known), 1)
    return (f"，是不是 {near[0]}", f"; did you mean {near[0]}?") if near else ("", "")
