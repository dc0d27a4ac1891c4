"""What a check is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One check: the difference it looks at, the bounds it must keep, and what a breach leads to.

    ``difference`` is SQL over one school's values; a null difference is not checked.
    """

    id: str
    severity: str
    forms: tuple[str, ...]
    quarantines: tuple[str, ...]
    problem: str
    difference: str
    found: str
    expected: str
    as_percent: bool
    is_total: bool  # a total held against its parts
    min_value: float | None
    max_value: float | None
    who_acts: str
    zh: str
    en: str
    fix_zh: str
    fix_en: str
