"""Words for what the marts hold as codes, in the reader's language."""

import re
from functools import partial

from extract.definitions.vocabulary import spellings
from publish.language import say

STAGES = {
    "primary": ("小学", "primary"),
    "junior": ("初中", "junior"),
    "senior": ("高中", "senior"),
    "unknown": ("学段不明", "stage unknown"),
    "all": ("", ""),
}
VERDICTS = {
    "pass": ("达标", "pass"),
    "fail": ("不达标", "fail"),
    "no_data": ("未判定", "no data"),
    "not_applicable": ("不适用", "not applicable"),
}
DIMENSIONS = {
    "resource_allocation": ("资源配置", "resource allocation"),
    "government_assurance": ("政府保障程度", "government assurance"),
    "education_quality": ("教育质量", "education quality"),
    "social_recognition": ("社会认可度", "social recognition"),
}
GAP_UNITS = {"persons": ("人", "persons"), "rooms": ("间", "rooms"), "m2": ("㎡", "m²"), "yuan": ("元", "yuan")}
UNITS = GAP_UNITS | {
    "pupils": ("人", "pupils"),
    "%": ("%", "%"),
    "level": ("级", "level"),
    "m2/pupil": ("㎡/生", "m²/pupil"),
    "yuan/pupil": ("元/生", "yuan/pupil"),
    "persons/100 pupils": ("人/百名学生", "persons/100 pupils"),
    "rooms/100 pupils": ("间/百名学生", "rooms/100 pupils"),
    "rooms per 12 classes": ("间/12个班", "rooms per 12 classes"),
    "pupils/class": ("人/班", "pupils/class"),
}
TARGET_STATUSES = {
    "met": ("已达到", "met"),
    "on_track": ("可达到", "on track"),
    "behind": ("滞后", "behind"),
    "missed": ("未达到", "missed"),
    "no_data": ("无数据", "no data"),
}
GAP_STATUSES = {
    "open": ("未销号", "open"),
    "overdue": ("超期", "overdue"),
    "reported": ("文件所列", "as reported"),
    "closed": ("已销号", "closed"),
}
FILE_STATUSES = {
    "in_force": ("现在生效", "in force"),
    "quarantined": ("现在生效（有隔离）", "in force, with values set aside"),
    "replaced": ("已被新文件替换", "replaced by a newer file"),
    "duplicate": ("重复", "duplicate"),
    "refused": ("拒收", "refused"),
    "withdrawn": ("已撤回", "withdrawn"),
}
CELL_STATUSES = {
    "loaded": ("采用", "used"),
    "not_reported": ("未填报", "not reported"),
    "quarantined": ("被隔离", "set aside"),
}
VETOES = {
    "pass": ("未触发", "none"),
    "fail": ("触发", "vetoed"),
    "no_data": ("未判定", "no data"),
    "not_applicable": ("不适用", "not applicable"),
}
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


def how(text: str) -> str:
    """Return how a verdict came about, in words."""
    return say("；", "; ").join(_piece_of_how(piece) for piece in text.split("; "))


def _piece_of_how(piece: str) -> str:
    return next((match.expand(say(zh, en)) for pattern, zh, en in _HOW if (match := pattern.fullmatch(piece))), piece)


def amount(quantity: float | None, unit_code: str | None) -> str:
    """Return a quantity with its unit, whole where it is counted: 3 人, 180.3 ㎡; only nothing shows as 0."""
    if quantity is None:
        return "—"
    digits = 1 if unit_code == "m2" else 0
    least = 10**-digits
    shown = f"<{least:g}" if 0 < quantity < least / 2 else number(quantity, digits)
    return f"{shown} {unit(unit_code)}".strip()


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
