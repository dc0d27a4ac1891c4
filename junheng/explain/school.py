"""Everything about one school: each indicator, the least step that would let it pass, who takes it and by when."""

from typing import Any

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from publish import words
from publish.language import language, say
from publish.query import rows_of
from publish.screen import command, folding, listed, table

_FILES = 3
_LATEST = """
    select max(census_year) as year from marts.mart_school_compliance
    where county_code = $county and school_id = $school and ($year is null or census_year = $year)
"""
_SCHOOL = """
    select s.*, c.name_zh as county_name from marts.dim_school as s inner join marts.dim_county as c using (county_code)
    where s.county_code = $county and s.school_id = $school
    order by $year between valid_from_year and coalesce(valid_to_year, 9999) desc, valid_from_year desc limit 1
"""
_STAGES = """
    select c.*, r.name_zh as reason_zh, r.name_en as reason_en from marts.mart_school_compliance as c left
        join seeds.reasons as r using (reason)
    where county_code = $county and school_id = $school and census_year = $year and ($stage is null or stage = $stage)
    order by stage desc
"""
_INDICATORS = """
    select a.*, i.short_name_zh, i.short_name_en, i.unit, r.name_zh as reason_zh, r.name_en as reason_en
    from marts.mart_resource_allocation as a inner join marts.dim_indicator as i using (indicator_code) left
        join seeds.reasons as r using (reason)
    where county_code = $county and school_id = $school and census_year = $year order by stage desc, indicator_code
"""
_STEPS = """
    select s.stage, s.indicator_code, s.goal, s.quantity_missing, s.gap_unit, i.short_name_zh, i.short_name_en,
        g.responsible_office, g.responsible_post, g.due_date
    from marts.mart_school_least_step as s
    inner join marts.dim_indicator as i using (indicator_code)
    left join (
        from marts.mart_gap_ledger(date '9999-12-30', current_date)
        where county_code = $county and school_id = $school and status <> 'closed' and not is_reported
    ) as g using (county_code, school_id, stage, indicator_code)
    where s.county_code = $county and s.school_id = $school and s.census_year = $year
    order by s.stage desc, s.indicator_code
"""
_OTHERS = """
    select r.indicator_code, r.stage, r.grade, r.subject, r.value, r.standard, r.verdict, i.short_name_zh,
        i.short_name_en, i.unit, q.name_zh as reason_zh, q.name_en as reason_en
    from (from marts.mart_government_assurance union all by name from marts.mart_education_quality) as r
    inner join marts.dim_indicator as i using (indicator_code)
    left join seeds.reasons as q using (reason)
    where r.county_code = $county and r.school_id = $school and r.assessment_year = $year + 1
        and r.judged_at in ('school', 'class_stage') and ($stage is null or r.stage in ($stage, 'all'))
    order by i.dimension desc, r.indicator_code, r.stage desc
"""
_CHECKS = (
    "select severity, file_name, sheet, cell, message_zh, message_en, how_to_fix_zh, how_to_fix_en from "
    "marts.mart_quarantine where year = $year and county_code = $county and school_id = $school order by severity, "
    "file_name, cell"
)
_FILES_OF = (
    "select distinct file_name from marts.mart_lineage where census_year = $year and county_code = $county and "
    "school_id = $school and file_name is not null order by 1"
)


def gather(
    connection: duckdb.DuckDBPyConnection, county: str, school: str, stage: str | None, year: int | None
) -> dict[str, Any] | None:
    """Return a school's verdicts, indicators, least steps, other indicators and what was found in its data; None if
    unknown.
    """
    latest = rows_of(connection, county=county, school=school, year=year)(_LATEST)[0]["year"]
    if latest is None:
        return None
    rows = rows_of(connection, county=county, school=school, stage=stage, year=latest)
    return {
        "year": latest,
        "school": rows(_SCHOOL)[0],
        "stages": rows(_STAGES),
        "indicators": rows(_INDICATORS),
        "least_steps": rows(_STEPS),
        "other_indicators": rows(_OTHERS),
        "checks": rows(_CHECKS),
        "files": [row["file_name"] for row in rows(_FILES_OF)],
    }


def show(found: dict[str, Any], console: Console) -> None:
    """Print a school as people discuss it."""
    school, year = found["school"], found["year"]
    about = [
        school["county_name"],
        say(f"{year} 年秋", f"autumn {year}"),
        school["school_type_zh"] if language() == "zh" else school["school_type"],
    ]
    console.rule(
        f"[bold]{escape(school['name_zh'])} {school['school_id']}[/] · {escape(' · '.join(filter(None, about)))}",
        characters="-",
        align="left",
    )
    for stage in found["stages"]:
        _show_stage(found, stage, console)
    _show_others(found["other_indicators"], console)
    for check in found["checks"]:
        mark = "!" if check["severity"] == "warn" else "×"
        place = f"{check['file_name']} {check['sheet'] or ''}!{check['cell'] or ''}"
        console.print(
            Text(
                f"{mark} {place} "
                f"{_own(check, 'message')}{say('处理办法：', ' How to fix: ')}{_own(check, 'how_to_fix')}",
                style="yellow",
            )
        )
    if found["files"]:
        console.print(Text(say("数据来自：", "Data from: ") + listed(found["files"], _FILES)))
    worst = next((step for step in found["least_steps"]), None)
    if worst:
        console.print(
            Text(
                f"{say('看到单元格：', 'Down to the cells: ')}{command()} explain {school['school_id']} "
                f"{worst['indicator_code']} {year}"
            ),
            soft_wrap=True,
        )


def _show_stage(found: dict[str, Any], stage: dict[str, Any], console: Console) -> None:
    of = sum(row["stage"] == stage["stage"] for row in found["indicators"])
    verdict = f"[{words.STYLES[stage['verdict']]}]{words.verdict(stage['verdict'])}[/]"
    told = f"{words.stage(stage['stage'])}{say('：', ': ')}{verdict}"
    if stage["reason"]:
        told += say(f"（{stage['reason_zh']}）", f" ({stage['reason_en']})")
    if of:
        told += say(
            f" · {of} 项中达标 {stage['indicators_met']} 项，"
            f"不到 {words.floor()} 底线 {stage['indicators_below_floor']} 项，缺数据 {stage['indicators_missing']} 项",
            f" · {stage['indicators_met']} of {of} met, {stage['indicators_below_floor']} under the floor of "
            f"{words.floor()}, {stage['indicators_missing']} without data",
        )
    console.print(told)
    rows = [row for row in found["indicators"] if row["stage"] == stage["stage"]]
    if rows:
        grid = table(
            folding(say("指标", "indicator"), 10),
            say("数值", "value"),
            say("标准", "standard"),
            say("完成", "of it"),
            folding(say("缺口", "missing"), 6),
            folding(say("结论", "verdict"), 6),
        )
        for row in rows:
            share = "—" if row["attainment"] is None else f"{words.number(row['attainment'] * 100, 1, 100.0)}%"
            gap = words.amount(row["gap_to_standard"], row["gap_unit"]) if row["gap_to_standard"] else "—"
            why = f"\n{_own(row, 'reason')}" if row["reason"] else ""
            grid.add_row(
                f"{row['indicator_code']} {_own(row, 'short_name')}",
                words.number(row["value"], beside=row["standard"]),
                words.number(row["standard"]),
                share,
                gap,
                Text(words.verdict(row["verdict"]) + why, style=words.STYLES[row["verdict"]]),
            )
        console.print(grid)
    steps = [step for step in found["least_steps"] if step["stage"] == stage["stage"]]
    if steps:
        console.print(
            say(
                f"{words.stage(stage['stage'])}要达标，最少要做：",
                f"The least that lets it pass ({words.stage(stage['stage'])}):",
            )
        )
    for step in steps:
        console.print(Text("  · " + _said(step)))


def _said(step: dict[str, Any]) -> str:
    """Return one step in words: what, how much, who, by when."""
    name = _own(step, "short_name")
    if step["goal"] == "data":
        what = say(f"补报{name}的数据", f"report {name}")
    else:
        to = (
            say("达到标准", "to the standard")
            if step["goal"] == "standard"
            else say(f"到 {words.floor()} 底线", f"to the floor of {words.floor()}")
        )
        what = say(
            f"{name}增加 {words.amount(step['quantity_missing'], step['gap_unit'])}，{to}",
            f"{name}: {words.amount(step['quantity_missing'], step['gap_unit'])} more, {to}",
        )
    office = " ".join(filter(None, [step["responsible_office"], step["responsible_post"]]))
    who = (
        say(f"；责任：{office}", f"; responsible: {office}")
        if office
        else say("；责任科室未登记", "; no office on record")
    )
    when = say(f"；期限：{step['due_date']}", f"; due: {step['due_date']}") if step["due_date"] else ""
    return what + who + when


def _show_others(rows: list[dict[str, Any]], console: Console) -> None:
    if not rows:
        return
    passed = [_own(row, "short_name") for row in rows if row["verdict"] == "pass"]
    console.print(say("政府保障与教育质量中按学校判定的各项：", "What else is judged school by school:"))
    for row in rows:
        if row["verdict"] in ("fail", "no_data"):
            figure = (
                say(
                    f"，数值 {words.number(row['value'], beside=row['standard'])}，标准 "
                    f"{words.number(row['standard'])}",
                    f", {words.number(row['value'], beside=row['standard'])}, standard {words.number(row['standard'])}",
                )
                if row["value"] is not None
                else ""
            )
            why = say(f"（{row['reason_zh']}）", f" ({row['reason_en']})") if row["reason_zh"] else ""
            where = " ".join(
                filter(None, [f"{row['indicator_code']} {_own(row, 'short_name')}", words.stage(row["stage"])])
            )
            console.print(
                Text(
                    f"  · {where}{say('：', ': ')}{words.verdict(row['verdict'])}{figure}{why}",
                    style=words.STYLES[row["verdict"]],
                )
            )
    if passed:
        console.print(Text(words.verdict("pass") + say("：", ": ") + say("、", ", ").join(dict.fromkeys(passed))))


def _own(row: dict[str, Any], name: str) -> str:
    """Return a text of a row in the reader's language."""
    return row[f"{name}_{language()}"] or ""
