"""Words for what the marts hold as codes, in the reader's language."""

import re
from functools import partial

from extract.common.seeds import seed
from extract.definitions.forms import source_declarations
from extract.definitions.vocabulary import spellings
from publish.language import language, say

_GAP_UNITS = ("persons", "rooms", "m2", "yuan")


def code_list(name: str) -> dict[str, tuple[str, str]]:
    """Return code → its words in Chinese and in English, of a list of seed ``code_lists``."""
    return {row["code"]: (row["name_zh"], row["name_en"]) for row in seed("code_lists") if row["list"] == name}


STAGES, VERDICTS, VETOES, DIMENSIONS = map(code_list, ("stage", "verdict", "veto", "dimension"))
UNITS = code_list("unit")
GAP_UNITS = {code: UNITS[code] for code in _GAP_UNITS}
TARGET_STATUSES, GAP_STATUSES = code_list("target_status"), code_list("gap_status")
FILE_STATUSES, CELL_STATUSES = code_list("file_status"), code_list("cell_status")
PLAN_STATUSES = code_list("plan_status")
# Columns of codes → what their codes mean, in any mart.
CODED = {
    **dict.fromkeys(
        ("verdict", "verdict_before", "verdict_now", "cv_verdict", "cv_verdict_before", *DIMENSIONS), VERDICTS
    ),
    "veto_verdict": VETOES,
    "dimension": DIMENSIONS,
    "stage": STAGES | {"all": ("全校", "whole school")},
    "status": TARGET_STATUSES | GAP_STATUSES | CELL_STATUSES | FILE_STATUSES | PLAN_STATUSES,
    "reason": {row["reason"]: (row["name_zh"], row["name_en"]) for row in seed("reasons")},
    "school_type": {row["school_type"]: (row["name_zh"], row["name_en"]) for row in seed("school_types")},
    "source": {name: (said.title_zh, said.title_en) for name, said in source_declarations().items()},
    **dict.fromkeys(("unit", "gap_unit"), UNITS),
    **{name: code_list(name) for name in ("severity", "direction", "who_acts", "urban_rural")},
    **{name: code_list(f"plan_{name}") for name in ("scenario", "action", "mends")},
}


def floor() -> str:
    """Return what share of a standard its floor is, as seed ``standards`` has it: 85%; empty where shares differ."""
    shares = {round(float(r["floor"]) / float(r["threshold"]), 6) for r in seed("standards") if r["floor"]}
    return f"{100 * shares.pop():g}%" if len(shares) == 1 else ""


# How a verdict came about, as the marts tell it: (pattern, Chinese, English).
_HOW = [
    (re.compile(pattern), zh, en)
    for pattern, zh, en in (
        (r"attestation", "按认定结果", "by attestation"),
        (r"census_bins", "按普查班额分段", "from the census's class-size bins"),
        (r"class_roster", "按班级名册", "from the class roster"),
        (r"single_stage", "单一学段学校", "a school of one stage"),
        (r"combined", "一贯制学校", "a combined school"),
        (r"a: (.*)", "口径甲：（毕业－转入＋转出）÷（入学－死亡）", r"\1"),
        (r"b: (.*)", "口径乙：毕业÷（入学＋转入－转出－死亡）", r"\1"),
        (r"c: (.*)", "口径丙：毕业÷（入学＋转入－转出），不超过 100%", r"\1"),
        (r"level III or above: (.*)", r"Ⅲ级以上占 \1", r"level III or above: \1"),
        (
            r"rural share of places against rural share of graduates",
            "农村名额占比与农村毕业生占比相比",
            "rural share of places against rural share of graduates",
        ),
        (r"satisfied: (.*)", r"算作满意的答案：\1", r"satisfied: \1"),
        (r"样本量不足 sample of (\d+) is under (\d+)", r"样本 \1 份，应有 \2 份", r"a sample of \1 is under \2"),
        (r"(班级名册.*不一致) the roster and the census differ", r"\1", "the roster and the census differ"),
        (r"([^a-z]*[^a-z ])\s*([a-z][^:]*): (.*)", r"\1：\3", r"\2: \3"),
        (r"([^a-z]*[^a-z ])\s*([a-z].*)", r"\1", r"\2"),
    )
]

STYLES = {
    "pass": "green",
    "fail": "red",
    "no_data": "yellow",
    "not_applicable": "dim",
    "met": "green",
    "on_track": "green",
    "behind": "yellow",
    "missed": "red",
    "overdue": "red",
    "open": "yellow",
    "reported": "yellow",
    "closed": "green",
}


def _word(words: dict[str, tuple[str, str]], code: str | None) -> str:
    return say(*words[code]) if code in words else code or ""


# Code → word: 小学, 不达标, 资源配置, 人, 滞后, 已销号, 已被新文件替换, 被隔离, 未触发.
stage, verdict, dimension, unit = (partial(_word, table) for table in (STAGES, VERDICTS, DIMENSIONS, UNITS))
target_status, gap_status, file_status, cell_status, veto = (
    partial(_word, table) for table in (TARGET_STATUSES, GAP_STATUSES, FILE_STATUSES, CELL_STATUSES, VETOES)
)


def subject(code: str | None) -> str:
    """Return a subject of quality monitoring: 数学."""
    code = code or ""
    return say(spellings()["subject"].get(code, code), code.replace("_", " "))


def how(text: str, spoken: str = "") -> str:
    """Return how a verdict came about, in words of the reader's language or of the one asked for."""
    is_zh = (spoken or language()) == "zh"
    return ("；" if is_zh else "; ").join(_piece_of_how(piece, is_zh) for piece in text.split("; "))


def _piece_of_how(piece: str, is_zh: bool) -> str:
    return next(
        (match.expand(zh if is_zh else en) for pattern, zh, en in _HOW if (match := pattern.fullmatch(piece))), piece
    )


def amount(quantity: float | None, unit_code: str | None) -> str:
    """Return a quantity with its unit: 3 人, 180.3 ㎡."""
    return "—" if quantity is None else f"{shown_quantity(quantity, unit_code)} {unit(unit_code)}".strip()


def shown_quantity(quantity: float, unit_code: str | None) -> str:
    """Return a quantity of a unit, whole where it is counted; only nothing shows as 0."""
    digits = 1 if unit_code == "m2" else 0
    least = 10**-digits
    return f"<{least:g}" if 0 < quantity < least / 2 else number(quantity, digits)


def number(value: float | None, digits: int = 3, beside: float | None = None) -> str:
    """Return a figure without idle zeros, a dash where there is none; with as many digits as tell it from the figure
    ``beside`` it.
    """
    if value is None:
        return "—"
    shown = f"{value:,.{digits}f}"
    while beside is not None and value != beside and digits < 12 and shown == f"{beside:,.{digits}f}":
        digits += 1
        shown = f"{value:,.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
