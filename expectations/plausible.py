"""Checks that a figure can be what it says: a usual range by pupil, by person or as it stands, and against last year.

They find 元 where 万元 is meant, a slipped decimal point, a figure in its neighbour's column. They warn and set nothing
aside: what is unusual may be true. The ranges are data (``plausible_ranges.csv``).
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from expectations.check import Check
from extract.common.seeds import read_csv
from extract.definitions.forms import measures_of_source
from extract.definitions.vocabulary import measure_kinds, measure_units

RANGES = Path(__file__).with_name("plausible_ranges.csv")
BILINGUAL = "‖"  # parts what is found, in Chinese and in English
_UNITS = {"yuan": ("元", "yuan"), "m2": ("平方米", "m²")}
_FIXES = {
    "yuan": (
        "核对计量单位和小数点：是不是把“万元”填成了“元”，或反过来。属实则无需处理。",
        "Check the unit and the decimal point: was 万元 meant, or 元? Nothing to do if it is true.",
    ),
    "m2": (
        "核对计量单位（平方米，不是亩）和小数点。属实则无需处理。",
        "Check the unit (m², not 亩) and the decimal point. Nothing to do if it is true.",
    ),
}
_FIX = (
    "核对是否填错了栏目、多填或少填了零。属实则无需处理。",
    "Check whether it belongs to another column, or has a zero too many or too few. Nothing to do if it is true.",
)


@cache
def ranges() -> tuple[dict[str, str], ...]:
    """Return the declared ranges: measure (``*``: every amount), stage, per, low, high, fewest."""
    return tuple(read_csv(RANGES))


def checks(source: str) -> Iterator[Check]:
    """Return one check for each figure of a source that has a range."""
    yearly = next(row for row in ranges() if row["measure"] == "*")
    for stage, measure in measures_of_source(source):
        own = next((row for row in ranges() if (row["measure"], row["stage"]) == (measure, stage)), None)
        if own:
            yield _check(stage, measure, own, yearly if measure_kinds()[measure] == "amount" else None)


def _check(stage: str, measure: str, own: dict[str, str], yearly: dict[str, str] | None) -> Check:
    figure = f"{stage}.{measure}"
    unit = measure_units()[measure]
    zh, en = _UNITS.get(unit, ("", ""))
    per = {"": "1", "school_pupils": "size_pupils"}.get(own["per"], f"{stage}.{own['per']}")
    # Of a school whose pupils nobody knows nothing is unusual; to one that has none, "a pupil" means nothing.
    is_outside = (
        f"{figure} > 0 and {per} is not null and ({figure} < {own['low']} * {per} or {figure} > {own['high']} "
        f"* greatest({per}, {own['fewest'] or 1}))"
    )
    usual = f"{own['low']}–{own['high']}"
    shown = _number(f"{figure} / greatest({per}, 1)", 4)
    zh, en = (f" {word}" if word else "" for word in (zh, en))
    words = [
        f"when {is_outside} then "
        + (
            f"'每名学生合 ' || {shown} || '{zh}，常见为 {usual}{zh}{BILINGUAL}' || {shown} || '{en} a pupil; "
            f"usual is {usual}{en}'"
            if own["per"]
            else f"'填的是 ' || {shown} || '{zh}，常见为 {usual}{zh}{BILINGUAL}' || {shown} || '{en}; usual is "
            f"{usual}{en}'"
        )
    ]
    tests = [f"when {is_outside} then 1"]
    if yearly:
        before = f"previous.{figure}"
        is_leap = (
            f"{figure} > 0 and {before} > 0 and ({figure} < {yearly['low']} * {before} or {figure} > {yearly['high']} "
            f"* {before})"
        )
        times = _number(f"{figure} / {before}", 4)
        tests.append(f"when {is_leap} then 1")
        words.append(
            f"when {is_leap} then '是上年的 ' || {times} || ' 倍（上年 ' || {_number(before)} || '{zh}）"
            f"{BILINGUAL}' || {times} || ' times last year’s ' || {_number(before)} || '{en}'"
        )
    fix_zh, fix_en = _FIXES.get(unit, _FIX)
    return Check(
        id=f"plausible_{'' if stage == 'all' else stage + '_'}{measure}",
        severity="warn",
        forms=(),
        quarantines=(),
        problem="",
        difference=f"case {' '.join(tests)} when {figure} is not null then 0 end",
        found=f"case {' '.join(words)} end",
        expected="null",
        as_percent=False,
        is_total=False,
        min_value=None,
        max_value=0.0,
        who_acts="school",
        zh="“{column}”不像：{found}。",
        en="“{column}” does not look right: {found}.",
        fix_zh=fix_zh,
        fix_en=fix_en,
    )


def _number(sql: str, digits: int = 2) -> str:
    return f"regexp_replace(printf('%.{digits}f', {sql}), '\\.?0+$', '')"
