"""Why a file is refused, as codes with facts; the words for them are data in ``refusals.yml``."""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import yaml

_CATALOGUE = Path(__file__).with_name("refusals.yml")


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a file: what was found where, and what was expected there."""

    code: str
    sheet: str = ""
    cell: str = ""
    found: str = ""
    expected: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain values, for JSON and Parquet."""
        return asdict(self)


class Refused(Exception):
    """Raised where a file can't be used; carries every finding made so far."""

    def __init__(self, *findings: Finding):
        super().__init__(", ".join(f.code for f in findings))
        self.findings = findings


@cache
def catalogue() -> dict[str, dict]:
    """Return code → {who_acts, zh, en, fix_zh, fix_en}, and may_hide_a_school where it is so."""
    return yaml.safe_load(_CATALOGUE.read_text(encoding="utf-8"))


def message(finding: Finding, language: str) -> str:
    """Say one finding to a person: where, what was found, what was expected, how to mend it."""
    words = catalogue()[finding.code]
    facts = {**finding.as_dict(), "found": finding.found or ("空白" if language == "zh" else "nothing")}
    place = " ".join(p for p in (finding.sheet, finding.cell) if p)
    text = words[language].format(**facts)
    fix = words[f"fix_{language}"].format(**facts)
    if language == "zh":
        return f"{f'【{place}】' if place else ''}{text}处理办法：{fix}"
    return f"{f'[{place}] ' if place else ''}{text} How to fix: {fix}"
