"""The whole way from one school's verdict on an R-indicator to the cells it stands on."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from publish import words
from publish.language import language, say
from publish.query import Rows, rows_of

_PLACE = "census_year = $year and county_code = $county"
_VALUE = (
    f"from marts.mart_resource_allocation where {_PLACE} and school_id = $school and stage = $stage and "
    "indicator_code = $indicator"
)
_CHECKS = (
    "select severity, sheet, cell, message_zh, message_en, how_to_fix_zh from marts.mart_quarantine where year = $year "
    "and county_code = $county and school_id = $school"
)
_LATEST = (
    "select max(census_year) as year from marts.mart_resource_allocation where county_code = $county and school_id = "
    "$school and stage = $stage and indicator_code = $indicator"
)


def gather(
    connection: duckdb.DuckDBPyConnection, county: str, school: str, stage: str, year: int | None, indicator: str
) -> dict[str, Any] | None:
    """Return verdict, composite, coefficient, components and cells of one indicator, of the latest year where none is
    given; None if unknown.
    """
    here = {"county": county, "school": school, "stage": stage, "indicator": indicator}
    if year is None:
        year = rows_of(connection, **here)(_LATEST)[0]["year"]
    # A question is mostly planning, which takes one core: half of them are asked beside the others. To hand parts of
    # one to other threads takes longer than these do.
    connection.execute("set threads = 1")
    with connection.cursor() as cursor, ThreadPoolExecutor(1) as executor:
        rows, beside = rows_of(connection, **here, year=year), rows_of(cursor, **here, year=year)
        columns = executor.submit(_columns, beside)
        own_cells = executor.submit(lambda: _cells(beside, [school], columns.result()))
        contribution, school_as_a_whole, coefficient = (
            executor.submit(ask, beside) for ask in (_contribution, _school, _coefficient)
        )
        components = rows(
            "select * exclude (census_year, county_code, school_id, stage, indicator_code) from "
            f"marts.mart_indicator_component where {_PLACE} and school_id = $school and stage = $stage and "
            "indicator_code = $indicator"
        )
        value = rows(_VALUE)
        if not value:
            return None
        members = sorted({c["member_school_id"] for c in components} - {school})
        return {
            "indicator": rows("select * from marts.dim_indicator where indicator_code = $indicator")[0],
            "value": value[0],
            "checks": rows(_CHECKS),
            "reasons": {row["reason"]: row[f"name_{language()}"] for row in rows("from seeds.reasons")},
            "measures": {row["measure"]: row[f"name_{language()}"] for row in rows("from seeds.measures")},
            "school": school_as_a_whole.result(),
            "coefficient": coefficient.result(),
            "contribution": contribution.result(),
            "components": components,
            "cells": own_cells.result() + (_cells(rows, members, columns.result()) if members else []),
        }


def _columns(rows: Rows) -> list[str]:
    """Return the columns of a census line that the indicator is made of, and pupils of every stage."""
    made_of = rows(
        "select measure_stage || '.' || measure as name from seeds.indicator_measures where stage = $stage and "
        "indicator_code = $indicator"
    )
    return sorted({row["name"] for row in made_of} | {f"{stage}.pupils" for stage in ("primary", "junior", "senior")})


def _cells(rows: Rows, schools: list[str], columns: list[str]) -> list[dict[str, Any]]:
    named = [*columns, *(f"{name}.written" for name in columns)]
    return rows(
        f"select * exclude (census_year, county_code) from marts.mart_lineage($year, $county, {schools!r}, {named!r})"
    )


def _contribution(rows: Rows) -> dict[str, Any] | None:
    found = rows(
        f"select deviation, share_of_variance, rank from marts.mart_resource_contribution where {_PLACE} "
        "and school_id = $school and stage = $stage and indicator_code = $indicator"
    )
    return found[0] if found else None


def _school(rows: Rows) -> dict[str, Any]:
    return rows(
        f"select * exclude (census_year, county_code) from marts.mart_school_compliance where {_PLACE} and "
        "school_id = $school and stage = $stage"
    )[0]


def _coefficient(rows: Rows) -> dict[str, Any]:
    return rows(
        f"select * from marts.mart_resource_balance where {_PLACE} and stage = $stage and indicator_code = $indicator"
    )[0]


def show(explained: dict[str, Any], console: Console) -> None:
    """Print the explanation as a tree: verdict, value, components, cells."""
    value, indicator, school, reasons = (
        explained["value"],
        explained["indicator"],
        explained["school"],
        explained["reasons"],
    )
    year = say(f"{value['census_year']} 年秋", f"autumn {value['census_year']}")
    tree = Tree(
        f"[bold]{escape(value['school_name'])} {value['school_id']} · {words.stage(value['stage'])} · {year} · "
        f"{indicator['indicator_code']} {escape(indicator[f'name_{language()}'])}[/]"
    )
    reason = say(f"（{reasons[value['reason']]}）", f" ({reasons[value['reason']]})") if value["reason"] else ""
    tree.add(say("结论：", "Verdict: ") + f"[bold]{words.verdict(value['verdict'])}[/]{reason}")
    tree.add(
        say(
            f"学校综合：{words.verdict(school['verdict'])} · 达标 {school['indicators_met']} 项 · "
            f"不到 {words.floor()} 底线 {school['indicators_below_floor']} 项 · "
            f"缺数据 {school['indicators_missing']} 项",
            f"School as a whole: {words.verdict(school['verdict'])} · met {school['indicators_met']} · "
            f"under the floor of {words.floor()} {school['indicators_below_floor']} · "
            f"without data {school['indicators_missing']}",
        )
    )
    if value["value"] is not None:
        gap, to_floor = (words.amount(value[name], value["gap_unit"]) for name in ("gap_to_standard", "gap_to_floor"))
        unit, of_it = words.unit(indicator["unit"]), f"{words.number(value['attainment'] * 100, 1, 100.0)}%"
        tree.add(
            say("数值：", "Value: ") + f"{value['quantity']:.4f} ÷ {value['pupils']:g} × {indicator['scale']:g} = "
            f"[bold]{words.number(value['value'], 4, value['standard'])}[/] {unit}"
            + say(
                f"；标准 {value['standard']:g}，完成 {of_it}；缺口 {gap}（到 {words.floor()} 底线 {to_floor}）",
                f"; standard {value['standard']:g}, {of_it} of it; missing {gap} "
                f"(to the floor of {words.floor()}: {to_floor})",
            )
        )
    coefficient = explained["coefficient"]
    if coefficient["cv"] is not None:
        part = explained["contribution"]
        own = (
            say(
                f"；本校占差异的 {part['share_of_variance']:.1%}，居第 {part['rank']} 位",
                f"; this school makes {part['share_of_variance']:.1%} of the variance, place {part['rank']}",
            )
            if part and part["share_of_variance"] is not None
            else ""
        )
        tree.add(
            say("全县差异系数：", "Coefficient of the county: ")
            + words.number(coefficient["cv"], 4, coefficient["cv_limit"])
            + say(f"，限值 {coefficient['cv_limit']:g}，", f", limit {coefficient['cv_limit']:g}, ")
            + words.verdict(coefficient["verdict"])
            + own
        )
    parts = tree.add(say("由哪些数据构成", "Made of"))
    for component in explained["components"]:
        sign = "+" if component["sign"] > 0 else "-"
        share = (
            ""
            if component["share"] in (None, 1.0)
            else say(f" × 学段份额 {component['share']:.6f}", f" × share of the stage {component['share']:.6f}")
        )
        amount = (
            reasons.get(component["reason"], "—") if component["value"] is None else words.number(component["value"], 4)
        )
        node = parts.add(
            f"{sign} {escape(explained['measures'][component['measure']])} {amount}{share}   "
            f"{escape(component['member_school_name'])} {component['member_school_id']}"
        )
        for cell in explained["cells"]:
            if (cell["school_id"], cell["stage"], cell["measure"]) == (
                component["member_school_id"],
                component["measure_stage"],
                component["measure"],
            ):
                node.add(_cell(cell))
    pupils = tree.add(say("在校生（分母与学段份额）", "Pupils (denominator and shares of stages)"))
    for cell in explained["cells"]:
        if cell["measure"] == "pupils":
            pupils.add(f"{words.stage(cell['stage'])} {cell['school_id']}  {_cell(cell)}")
    for check in explained["checks"]:
        mark = "!" if check["severity"] == "warn" else "×"
        tree.add(
            f"[yellow]{mark} {escape(check['sheet'] or '')}!{check['cell'] or ''} "
            f"{escape(check[f'message_{language()}'])}[/]"
        )
    tree.add(f"[dim]{say('标准版本：', 'Standard: ')}{value['standard_version']}[/]")
    console.print(tree)


def _cell(cell: dict[str, Any]) -> str:
    text = say("空白", "blank") if cell["raw_value"] is None else f"“{cell['raw_value']}”"
    return escape(
        f"{cell['file_name']} {cell['sheet']}!{cell['cell']} = {text} ({words.cell_status(cell['status'])}) "
        f"sha256 {cell['file_sha256'][:12]}"
    )
