"""The whole way from a verdict to the cells it stands on, read from the published warehouse."""

import json
from pathlib import Path

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from publish.summary import STAGES, UNITS, VERDICTS


def gather(warehouse: Path, county: str, school: str, stage: str, year: int, indicator: str) -> dict | None:
    """Return verdict, composite, coefficient, components and cells of one indicator, or None if unknown."""
    here = {"county": county, "school": school, "stage": stage, "year": year, "indicator": indicator}
    with duckdb.connect(str(warehouse), read_only=True) as connection:

        def rows(sql: str) -> list[dict]:
            wanted = {k: v for k, v in here.items() if f"${k}" in sql}
            result = connection.execute(sql, wanted)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        place = "census_year = $year and county_code = $county"
        value = rows(f"select * from marts.mart_resource_allocation where {place} and school_id = $school and stage = $stage and indicator_code = $indicator")
        if not value:
            return None
        components = rows(f"select * exclude (census_year, county_code, school_id, stage, indicator_code) from marts.mart_indicator_component where {place} and school_id = $school and stage = $stage and indicator_code = $indicator")
        members = {c["member_school_id"] for c in components} | {school}
        measures = {(c["measure_stage"], c["measure"]) for c in components} | {(s, "pupils") for s in ("primary", "junior", "senior")}
        cells = rows(f"select * exclude (census_year, county_code) from marts.mart_lineage where {place} and list_contains({sorted(members)!r}, school_id)")
        return {
            "indicator": rows("select * from marts.dim_indicator where indicator_code = $indicator")[0],
            "value": value[0],
            "school": rows(f"select * exclude (census_year, county_code) from marts.mart_school_compliance where {place} and school_id = $school and stage = $stage")[0],
            "coefficient": rows(f"select * from marts.mart_resource_balance where {place} and stage = $stage and indicator_code = $indicator")[0],
            "contribution": (rows(f"select deviation, share_of_variance, rank from marts.mart_resource_contribution where {place} and school_id = $school and stage = $stage and indicator_code = $indicator") or [None])[0],
            "components": components,
            "cells": [c for c in cells if (c["stage"], c["measure"]) in measures],
            "checks": rows("select severity, sheet, cell, message_zh, message_en, how_to_fix_zh from marts.mart_quarantine where year = $year and county_code = $county and school_id = $school"),
        }


def as_json(explained: dict) -> str:
    """Return the explanation as JSON."""
    return json.dumps(explained, ensure_ascii=False, indent=2, default=str)


def show(explained: dict, console: Console) -> None:
    """Print the explanation as a tree: verdict, value, components, cells."""
    value, indicator, school = explained["value"], explained["indicator"], explained["school"]
    unit = UNITS.get(value["gap_unit"], value["gap_unit"])
    tree = Tree(f"[bold]{escape(value['school_name'])} {value['school_id']} · {STAGES[value['stage']]} · {value['census_year']} · {indicator['indicator_code']} {indicator['name_zh']}[/]\n{indicator['name_en']}")
    reason = f"（{value['reason']}）" if value["reason"] else ""
    tree.add(f"结论 verdict: [bold]{VERDICTS[value['verdict']]} {value['verdict']}[/]{reason}  标准版本 {value['standard_version']}")
    tree.add(f"学校综合 school: {VERDICTS[school['verdict']]} {school['verdict']} · 达标 {school['indicators_met']}/7 · 低于85% {school['indicators_below_floor']} · 缺数据 {school['indicators_missing']}")
    if value["value"] is not None:
        tree.add(
            f"数值 value: {value['quantity']:.4f} ÷ {value['pupils']:g} × {indicator['scale']:g} = [bold]{value['value']:.4f}[/] {indicator['unit']}"
            f"   标准 standard {value['standard']:g} → 完成 {value['attainment']:.1%}   缺口 gap {value['gap_to_standard']:,.2f} {unit}（到85% {value['gap_to_floor']:,.2f}）"
        )
    coefficient = explained["coefficient"]
    if coefficient["cv"] is not None:
        part = explained["contribution"]
        own = f"，本校占差异 {part['share_of_variance']:.1%}，第 {part['rank']} 位" if part and part["share_of_variance"] is not None else ""
        tree.add(f"县差异系数 coefficient: {coefficient['cv']:.4f} / 限值 {coefficient['cv_limit']:g} {VERDICTS[coefficient['verdict']]}{own}")
    parts = tree.add("构成 made of")
    for component in explained["components"]:
        sign = "+" if component["sign"] > 0 else "−"
        share = "" if component["share"] in (None, 1.0) else f" × 学段份额 share {component['share']:.6f}"
        amount = "缺 " + (component["reason"] or "") if component["value"] is None else f"{component['value']:,.4f}".rstrip("0").rstrip(".")
        node = parts.add(f"{sign} {component['measure']} {amount}{share}   {escape(component['member_school_name'])} {component['member_school_id']}")
        for cell in explained["cells"]:
            if (cell["school_id"], cell["stage"], cell["measure"]) == (component["member_school_id"], component["measure_stage"], component["measure"]):
                node.add(_cell(cell))
    pupils = tree.add("在校生 pupils（分母与学段份额 denominator and stage shares）")
    for cell in explained["cells"]:
        if cell["measure"] == "pupils":
            pupils.add(f"{cell['stage']} {cell['school_id']}  {_cell(cell)}")
    for check in explained["checks"]:
        tree.add(f"[yellow]{check['severity']} {check['sheet'] or ''}!{check['cell'] or ''} {escape(check['message_zh'])}[/]")
    console.print(tree)


def _cell(cell: dict) -> str:
    text = "空白 blank" if cell["raw_value"] is None else f"“{cell['raw_value']}”"
    return escape(f"{cell['file_name']} ‹{cell['sheet']}!{cell['cell']}› = {text} ({cell['status']}) sha256 {cell['file_sha256'][:12]}… {cell['form']} {cell['form_year']}")
