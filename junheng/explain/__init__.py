"""``junheng explain``: from a verdict to the cells it stands on, asked in the words that people use."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
from rich.console import Console

from junheng.explain import county, school, school_indicator
from junheng.explain.names import Asked

_ALL_STAGES = ("primary", "junior")


@dataclass(frozen=True)
class Explanation:
    """What was found, and the module that knows how to show it."""

    found: dict[str, Any]
    way: ModuleType

    def show(self, console: Console) -> None:
        """Print it as people read it."""
        self.way.show(self.found, console)


def explain(warehouse: Path, asked: Asked) -> list[Explanation]:
    """Return the explanations of what was asked, the latest year's where none was named; empty where there is nothing
    of it.
    """
    if asked.county is None:
        return []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        if asked.school and asked.indicator and asked.indicator.startswith("R"):
            stages = [asked.stage] if asked.stage else _ALL_STAGES
            found = [
                (
                    school_indicator.gather(connection, asked.county, asked.school, stage, asked.year, asked.indicator),
                    school_indicator,
                )
                for stage in stages
            ]
        elif asked.school and not asked.indicator:
            found = [(school.gather(connection, asked.county, asked.school, asked.stage, asked.year), school)]
        else:
            found = [
                (
                    county.gather(
                        connection, asked.county, asked.assessment_year, asked.indicator, asked.school, asked.stage
                    ),
                    county,
                )
            ]
    return [Explanation(what, way) for what, way in found if what]


def as_json(explanations: list[Explanation]) -> str:
    """Return the explanations as JSON: one as it is, several as a list."""
    found = [explanation.found for explanation in explanations]
    return json.dumps(found[0] if len(found) == 1 else found, ensure_ascii=False, indent=2, default=str)
