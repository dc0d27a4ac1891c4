"""What a check is, as it is declared and as it is carried out."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from extract.definitions.declared import Declared


class CheckDeclaration(Declared):
    """An entry of ``checks.yml``, its placeholders filled in.

    ``found``, ``expected`` and ``show`` are SQL over one line: figures by ``<stage>.<measure>``, the same school's line
    of last year by ``previous.<stage>.<measure>``, and the columns of ``validation_rows.py``. In the words, {found},
    {expected} and {column} stand for what a breach shows.
    """

    id: str
    severity: Literal["quarantine", "warn"]
    forms: list[str] = Field([], description="Only these forms of the source; empty: all")
    quarantines: list[str] = Field([], description="What a breach sets aside: row, problem, or figures (primary.*)")
    problem: str = Field("", description="What is counted: cells that the reader gave this problem")
    found: str = Field("", description="The figure that is checked")
    expected: str = Field("", description="The figure that it is held against; empty: only the bounds")
    show: str = Field("", description="What people see as found, if not `found`")
    compare: Literal["=", ">=", "<=", "between"]
    min: float | None = None
    max: float | None = None
    as_percent: bool = False
    who_acts: Literal["school", "county_office", "maintainer"]
    zh: str
    en: str
    fix_zh: str
    fix_en: str


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
