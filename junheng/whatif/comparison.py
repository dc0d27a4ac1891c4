"""What changes make of a county: its figures in the published warehouse beside those of the scratch one."""

from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.text import Text

from extract.common.sql import quote_text
from publish import words
from publish.language import language, say
from publish.query import rows_of
from publish.screen import folding, listed, table

_LINES = 40
_NAMED = 6
_PLACES = " union all by name ".join(
    f"from {{0}}.marts.{mart}"
    for mart in ("mart_government_assurance", "mart_education_quality", "mart_social_recognition")
)
_VALUES = """
    select coalesce(a.school_id, b.school_id) as school_id, coalesce(a.school_name, b.school_name) as school_name,
        coalesce(a.stage, b.stage) as stage, coalesce(a.indicator_code, b.indicator_code) as indicator_code,
        b.value as value_before, a.value as value_now, b.verdict as verdict_before, a.verdict as verdict_now,
        b.gap_to_standard as gap_before, a.gap_to_standard as gap_now, coalesce(a.gap_unit, b.gap_unit) as gap_unit
    from (from now.marts.mart_resource_allocation where county_code = $county and census_year = $year) as a
    full join (from before.marts.mart_resource_allocation where county_code = $county and census_year = $year) as b
        using (school_id, stage, indicator_code)
    where a.value is distinct from b.value or a.verdict is distinct from b.verdict
    order by school_id, stage desc, indicator_code
"""
_SCHOOLS = """
    select coalesce(a.school_id, b.school_id) as school_id, coalesce(a.school_name, b.school_name) as school_name,
        coalesce(a.stage, b.stage) as stage, b.indicators_met as met_before, a.indicators_met as met_now,
        b.verdict as verdict_before, a.verdict as verdict_now
    from (from now.marts.mart_school_compliance where county_code = $county and census_year = $year) as a
    full join (from before.marts.mart_school_compliance where county_code = $county and census_year = $year) as b
        using (school_id, stage)
    where a.verdict is distinct from b.verdict or a.indicators_met is distinct from b.indicators_met
    order by school_id, stage desc
"""
_COEFFICIENTS = """
    select a.stage, a.indicator_code, b.cv as cv_before, a.cv as cv_now, a.cv_limit, b.verdict as verdict_before,
        a.verdict as verdict_now
    from now.marts.mart_resource_balance as a
    inner join before.marts.mart_resource_balance as b using (census_year, county_code, stage, indicator_code)
    where a.county_code = $county and a.census_year = $year
        and (a.cv is distinct from b.cv or a.verdict is distinct from b.verdict)
    order by a.stage desc, a.indicator_code
"""
_OTHERS = f"""
    select coalesce(a.indicator_code, b.indicator_code) as indicator_code,
        coalesce(a.school_id, b.school_id) as school_id, coalesce(a.school_name, b.school_name) as school_name,
        coalesce(a.stage, b.stage) as stage,
        b.value as value_before, a.value as value_now, b.verdict as verdict_before, a.verdict as verdict_now
    from (from ({_PLACES.format("now")}) where county_code = $county and assessment_year = $year + 1) as a
    full join (from ({_PLACES.format("before")}) where county_code = $county and assessment_year = $year + 1) as b
        on a.indicator_code = b.indicator_code and a.judged_at = b.judged_at and a.school_id = b.school_id
        and a.stage = b.stage and a.grade is not distinct from b.grade and a.subject is not distinct from b.subject
    where a.value is distinct from b.value or a.verdict is distinct from b.verdict
    order by indicator_code, school_id nulls first, stage
"""
_CARDS = f"""
    select 'before' as side, verdict, {", ".join(words.DIMENSIONS)} from before.marts.mart_county_scorecard
    where county_code = $county and assessment_year = $year + 1
    union all
    select 'now', verdict, {", ".join(words.DIMENSIONS)} from now.marts.mart_county_scorecard
    where county_code = $county and assessment_year = $year + 1
    order by side
"""


def compare(before: Path, now: Path, county: str, year: int) -> dict[str, list[dict[str, Any]]]:
    """Return what differs: ``cards``, ``schools``, ``values``, ``coefficients``, ``others`` (all other indicators).

    Args:
        before: the published warehouse.
        now: the scratch one.
        county: its code.
        year: of the census.
    """
    with duckdb.connect() as connection:
        for name, file in (("before", before), ("now", now)):
            connection.execute(f"attach {quote_text(file)} as {name} (read_only)")
        rows = rows_of(connection, county=county, year=year)
        found = {
            "cards": rows(_CARDS),
            "schools": rows(_SCHOOLS),
            "values": rows(_VALUES),
            "coefficients": rows(_COEFFICIENTS),
            "others": rows(_OTHERS),
        }
        shorts = connection.execute(
            f"select indicator_code, short_name_{language()} as short from before.marts.dim_indicator"
        ).fetchall()
    found["short_names"] = [dict(shorts)]
    return found


def show(found: dict[str, list[dict[str, Any]]], console: Console) -> None:
    """Print what changes, today's beside it; and that all else stays."""
    (short,) = found["short_names"]
    before, now = ({side["side"]: side for side in found["cards"]}[name] for name in ("before", "now"))
    console.print(
        say("总结论：", "Verdict: ")
        + _moved(before["verdict"], now["verdict"])
        + "".join(f" · {words.dimension(d)} {_moved(before[d], now[d])}" for d in words.DIMENSIONS)
    )
    _table(
        console,
        say("学校结论", "schools"),
        (say("学校", "school"), say("学段", "stage"), say("达标项", "met"), say("结论", "verdict")),
        [
            (
                f"{r['school_name']} {r['school_id']}",
                words.stage(r["stage"]),
                f"{_or_dash(r['met_before'])} → {_or_dash(r['met_now'])}",
                _moved(r["verdict_before"], r["verdict_now"]),
            )
            for r in found["schools"]
        ],
    )
    _table(
        console,
        say("学校各项数值", "schools' figures"),
        (
            say("学校", "school"),
            say("指标", "indicator"),
            say("数值", "value"),
            say("结论", "verdict"),
            say("缺口", "gap"),
        ),
        [
            (
                f"{r['school_name']} {words.stage(r['stage'])}",
                f"{r['indicator_code']} {short[r['indicator_code']]}",
                f"{words.number(r['value_before'])} → {words.number(r['value_now'])}",
                _moved(r["verdict_before"], r["verdict_now"]),
                f"{words.amount(r['gap_before'], r['gap_unit'])} → {words.amount(r['gap_now'], r['gap_unit'])}",
            )
            for r in found["values"]
        ],
    )
    _table(
        console,
        say("差异系数", "difference coefficients"),
        (
            say("指标", "indicator"),
            say("学段", "stage"),
            say("系数", "coefficient"),
            say("限值", "limit"),
            say("结论", "verdict"),
        ),
        [
            (
                f"{r['indicator_code']} {short[r['indicator_code']]}",
                words.stage(r["stage"]),
                f"{words.number(r['cv_before'], 4)} → {words.number(r['cv_now'], 4, r['cv_limit'])}",
                words.number(r["cv_limit"]),
                _moved(r["verdict_before"], r["verdict_now"]),
            )
            for r in found["coefficients"]
        ],
    )
    _table(
        console,
        say("其他指标", "other indicators"),
        (say("指标", "indicator"), say("哪里", "where"), say("数值", "value"), say("结论", "verdict")),
        [
            (
                f"{r['indicator_code']} {short[r['indicator_code']]}",
                " ".join(filter(None, (r["school_name"], words.stage(r["stage"])))) or say("全县", "county"),
                f"{words.number(r['value_before'])} → {words.number(r['value_now'])}",
                _moved(r["verdict_before"], r["verdict_now"]),
            )
            for r in found["others"]
        ],
    )
    same = [code for code in short if code[0] != "R" and code not in {r["indicator_code"] for r in found["others"]}]
    console.print(say("不变：", "Unchanged: ") + listed(same, _NAMED))
    console.print(say("这是推演，没有改动任何数据。", "This is a what-if: nothing was changed."))


def _table(console: Console, title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if not rows:
        return
    grid = table(folding(headings[0], 14), *map(folding, headings[1:]), title=title)
    for row in rows[:_LINES]:
        grid.add_row(*map(Text, row))
    console.print(grid)
    if (more := len(rows) - _LINES) > 0:
        console.print(say(f"另有 {more} 行，用 --json 看全部。", f"{more} more; all of them: --json."))


def _moved(before: str | None, now: str | None) -> str:
    was, becomes = (words.verdict(v) if v else "—" for v in (before, now))
    return becomes if before == now else f"{was} → {becomes}"


def _or_dash(count: int | None) -> str:
    return "—" if count is None else str(count)
