"""The checks of each source, one per entry of its ``checks.yml`` and per ``each`` in it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from expectations import plausible
from expectations.check import Check, CheckDeclaration
from extract.common.identifiers import COUNTY_CODE, SCHOOL_ID
from extract.common.seeds import seed
from extract.definitions.errors import place_of
from extract.definitions.forms import SOURCES, sources
from extract.definitions.loading import line_of, parse_entry, read_yaml
from extract.definitions.vocabulary import measure_kinds, require_measure

# What any cell, row and file of any source must be.
CELLS = Path(__file__).with_name("cells.yml")
# A census list's own total row against the sum of its column.
TOTALS = "census_totals"
TOKEN = re.compile(r"\b(previous\.)?(all|primary|junior|senior)\.([a-z][a-z0-9_]*(?:\.written)?)\b")

_BOUNDS: dict[str, tuple[float | None, float | None]] = {"=": (0.0, 0.0), ">=": (0.0, None), "<=": (None, 0.0)}
_WORDS = ("zh", "en", "fix_zh", "fix_en")


def suites() -> tuple[str, ...]:
    """Return the name of every suite: the sources, and the census' control totals."""
    return (*sources(), TOTALS)


def path_of(suite: str) -> Path:
    """Return the file in which a suite's own checks are declared."""
    return SOURCES / "census" / "totals.yml" if suite == TOTALS else SOURCES / suite / "checks.yml"


@cache
def load(suite: str) -> tuple[Check, ...]:
    """Return every check of a suite: a source's own, those of any cell, and the usual ranges of its figures.

    Raises:
        DefinitionError: a file of checks is missing, or a check is not as declared or names an unknown measure.
    """
    own = _declared(path_of(suite))
    return own if suite == TOTALS else (*own, *_declared(CELLS), *plausible.checks(suite))


@cache
def _declared(path: Path) -> tuple[Check, ...]:
    found = []
    for index, entry in enumerate(read_yaml(path)["checks"]):
        for names in entry.get("each", [{}]):
            filled = _filled(entry, names)
            check = _check(parse_entry(path, filled, CheckDeclaration, index))
            for token in TOKEN.finditer(f"{check.difference} {check.found} {check.expected}"):
                measure = token.group(3).removesuffix(".written")
                if measure not in measure_kinds():  # the line is looked up for the message only
                    require_measure(measure, place_of(path, line_of(path, "id", index)))
            found.append(check)
    return tuple(found)


def _filled(entry: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return an entry with its {placeholders} replaced: by ``each``, ``let``, its own texts, the rules."""
    own = {key: text for key, text in entry.items() if isinstance(text, str) and key not in _WORDS}
    known = {**_of_the_rules(), **own, **entry.get("let", {}), **names}

    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(v) for v in value]
        while isinstance(value, str) and (open_names := [k for k in known if f"{{{k}}}" in value and k not in _FACTS]):
            for key in open_names:
                value = value.replace(f"{{{key}}}", known[key])
        return value

    return {key: fill(value) for key, value in entry.items() if key not in ("each", "let")}


_FACTS = ("found", "expected")


@cache
def _of_the_rules() -> dict[str, str]:
    """Return what codes look like, and what the class-size bins of a stage add up to: classes, pupils."""
    bins = seed("class_bins")
    *closed, last = bins
    most = " + ".join(f"{row['largest_class']} * {{stage}}.{row['measure']}" for row in closed)
    return {
        "ten_digits": SCHOOL_ID,
        "six_digits": COUNTY_CODE,
        "classes_by_bins": " + ".join(f"{{stage}}.{row['measure']}" for row in bins),
        "least_pupils_by_bins": " + ".join(f"{row['smallest_class']} * {{stage}}.{row['measure']}" for row in bins),
        "most_pupils_by_bins": f"case when {{stage}}.{last['measure']} = 0 then {most} end",
    }


def _check(entry: CheckDeclaration) -> Check:
    found = entry.found or f'"problem.{entry.problem}"'
    low, high = _BOUNDS.get(entry.compare, (entry.min, entry.max))
    return Check(
        id=entry.id,
        severity=entry.severity,
        forms=tuple(entry.forms),
        quarantines=tuple(entry.quarantines),
        problem=entry.problem,
        difference=f"round(({found}) - ({entry.expected}), 6)" if entry.expected else found,
        found=entry.show or found,
        expected=entry.expected or "null",
        is_total=entry.compare == "=" and "+" in entry.expected,
        as_percent=entry.as_percent,
        min_value=low,
        max_value=high,
        who_acts=entry.who_acts,
        zh=entry.zh,
        en=entry.en,
        fix_zh=entry.fix_zh,
        fix_en=entry.fix_en,
    )
