"""Why a file is refused, as codes with facts; the words for them are data in ``refusals.yml``."""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from extract.definitions.loading import read_yaml

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
def catalogue() -> dict[str, dict[str, Any]]:
    """Return code → {who_acts, zh, en, fix_zh, fix_en}, and may_hide_a_school, holds_nothing … where it is so."""
    return read_yaml(_CATALOGUE)


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


_BLOCKS = {
    "unknown_school": (
        "影响：在应报的学校全部到齐之前，全县差异系数和各项“所有学校”的结论暂不判定；到齐、改正或撤回后自动解除。",
        "It blocks: coefficients and what all schools must meet stay open until every expected school has come, "
        "or the file is mended or withdrawn.",
    ),
    "school": (
        "影响：文件里的学校今年没有数据（有上一次采用的数据则沿用），全县差异系数不完整；改正后重新放入即自动解除。",
        "It blocks: its schools have no data for the year (or keep what was accepted last), and the county's "
        "coefficients are incomplete, until it is mended.",
    ),
    "form": (
        "影响：用到这张表的指标没有新数据（有上一次采用的表则沿用）；改正后重新放入即自动解除。",
        "It blocks: indicators that need this table have no new data (or keep what was accepted last) until it is "
        "mended.",
    ),
    "nothing": ("", ""),
}


def blocked(finding: Finding, source: str, is_unknown_school: bool, language: str) -> str:
    """Say what a refused file holds back, and what ends that."""
    kind = (
        "nothing"
        if catalogue()[finding.code].get("holds_nothing") or catalogue()[finding.code].get("of_another_source")
        else "form"
        if source != "census"
        else "unknown_school"
        if is_unknown_school
        else "school"
    )
    return _BLOCKS[kind][0 if language == "zh" else 1]
