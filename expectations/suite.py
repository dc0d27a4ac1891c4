"""Load a suite of checks from YAML, one entry per check and per ``each``."""

import re
from functools import cache
from pathlib import Path

from expectations import plausible
from expectations.check import Check
from extract.forms import read_yaml, require_measure, sources

SUITES = Path(__file__).with_name("suites")
TOKEN = re.compile(r"\b(previous\.)?(all|primary|junior|senior)\.([a-z][a-z0-9_]*(?:\.written)?)\b")

_BOUNDS = {"=": (0.0, 0.0), ">=": (0.0, None), "<=": (None, 0.0)}


@cache
def load(suite: str) -> tuple[Check, ...]:
    """Return every check of a suite, placeholders filled in: a source's own, those of any cell, and the usual ranges of
    its figures.

    Raises:
        DefinitionError: a check names a measure that is not declared.
    """
    return (*_own(suite), *((*_own("cells"), *plausible.checks(suite)) if suite in sources() else ()))


@cache
def _own(suite: str) -> tuple[Check, ...]:
    path = SUITES / f"{suite}.yml"
    if not path.exists():
        return ()
    raw = read_yaml(path)
    checks = tuple(_check(_filled(entry, names)) for entry in raw["checks"] for names in entry.get("each", [{}]))
    for check in checks:
        for token in TOKEN.finditer(f"{check.difference} {check.found} {check.expected}"):
            require_measure(
                token.group(3).removesuffix(".written"), f"{path.relative_to(SUITES.parent.parent)} ({check.id})"
            )
    return checks


def _filled(entry: dict, names: dict[str, str]) -> dict:
    names = {
        **{k: v for k, v in entry.items() if isinstance(v, str) and k not in ("zh", "en", "fix_zh", "fix_en")},
        **names,
    }

    def fill(value: object) -> object:
        if isinstance(value, list):
            return [fill(v) for v in value]
        while isinstance(value, str) and (
            known := [k for k in names if f"{{{k}}}" in value and k not in ("found", "expected")]
        ):
            for key in known:
                value = value.replace(f"{{{key}}}", names[key])
        return value

    return {key: fill(value) for key, value in entry.items() if key != "each"}


def _check(entry: dict) -> Check:
    problem = entry.get("problem", "")
    found = entry.get("found") or f'"problem.{problem}"'
    expected = entry.get("expected", "")
    difference = f"round(({found}) - ({expected}), 6)" if expected else found
    low, high = _BOUNDS.get(entry["compare"], (entry.get("min"), entry.get("max")))
    return Check(
        id=entry["id"],
        severity=entry["severity"],
        forms=tuple(entry.get("forms", ())),
        quarantines=tuple(entry.get("quarantines", ())),
        problem=problem,
        difference=difference,
        found=entry.get("show", found),
        expected=expected or "null",
        is_total=entry["compare"] == "=" and "+" in expected,
        as_percent=entry.get("as_percent", False),
        min_value=low,
        max_value=high,
        **{key: entry[key] for key in ("who_acts", "zh", "en", "fix_zh", "fix_en")},
    )
