"""The end-of-night screen: who holds the county back, what is missing, where to look next."""

import csv
import datetime as dt
import io
import os
from pathlib import Path

import duckdb
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from extract.files import replacing
from extract.landing import passed_over
from publish import progress

_WIDTH = 118
_COUNTIES_IN_FULL = 3
_SCHOOLS_SHOWN = 10
_PASSED_OVER_SHOWN = 5
_WITHDRAWN_SHOWN = 10
_COUNTIES_SHOWN = 120  # a city has a dozen, a province about a hundred
STAGES = {"primary": "小学", "junior": "初中", "unknown": "学段不明"}
VERDICTS = {"pass": "达标", "fail": "不达标", "no_data": "未判定", "not_applicable": "不适用"}
DIMENSIONS = {"resource_allocation": "资源配置", "government_assurance": "政府保障程度", "education_quality": "教育质量", "social_recognition": "社会认可度"}
UNITS = {"persons": "人", "rooms": "间", "m2": "㎡", "yuan": "元"}
_FILE_STATUSES = {"in_force": "现在生效", "quarantined": "现在生效（有隔离）", "replaced": "已被新文件替换", "duplicate": "重复", "refused": "拒收", "withdrawn": "已撤回"}
_STYLES = {"pass": "green", "fail": "red", "no_data": "yellow", "not_applicable": "dim"}


def _table(*columns: str | Column, title: str) -> Table:
    """Return a table drawn in ASCII: other line characters are two cells wide on many Chinese terminals."""
    return Table(*columns, title=title, title_justify="left", box=box.ASCII2)


def write(warehouse: Path, landing: Path, reports: Path) -> None:
    """Write ``summary.txt`` and ``problems.csv`` (refused files and set-aside rows) for people."""
    buffer = io.StringIO()
    show(warehouse, landing, Console(file=buffer, width=_WIDTH, no_color=True))
    with replacing(reports / "summary.txt") as partial:
        partial.write_text(buffer.getvalue(), encoding="utf-8")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(_PROBLEMS).fetchall()
    with replacing(reports / "problems.csv") as partial, partial.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["来源", "年份", "县区代码", "文件", "位置", "学校", "级别", "由谁处理", "问题", "如何改", "Problem (English)"])
        writer.writerows([_harmless(cell) for cell in row] for row in rows)


def count_problems(warehouse: Path) -> tuple[int, int, int]:
    """Return (files refused, values or rows set aside, warnings) that still stand in the published warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(_COUNTS).fetchall()[0]


def as_facts(warehouse: Path) -> dict[str, object]:
    """Return what is published as plain facts: the run, what was refused, set aside and warned of, each county's verdict."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        refused, set_aside, warned = connection.execute(_COUNTS).fetchall()[0]
        open_refusals = connection.sql(f"select path, reason, message_zh, message_en from ({_OPEN_REFUSALS}) order by path").to_arrow_table().to_pylist()
        counties = connection.sql(_VERDICTS_NOW).to_arrow_table().to_pylist()
        (run,) = connection.execute("select run_id from main.published_run").fetchall()[0]
    return {"warehouse": str(warehouse), "run": run, "files_refused": refused, "values_or_rows_set_aside": set_aside, "warnings": warned, "refusals": open_refusals, "counties": counties}


def status_of_contents(warehouse: Path) -> dict[str, str]:
    """Return what became of each content in the published warehouse, by sha256, in words."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(_STATUS_OF_CONTENTS).fetchall()
    return {sha: f"{_FILE_STATUSES.get(status, '')} {status}".strip() for sha, status in rows}


def show(warehouse: Path, landing: Path, console: Console) -> None:
    """Print the screen."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        over = [*passed_over(landing), *(path for (path,) in connection.execute(_NO_TABLES).fetchall())]
        refused, set_aside, warned = connection.execute(_COUNTS).fetchall()[0]
        counties = connection.execute(_COUNTIES).fetchall()
        _show_files(connection, console, refused, set_aside, warned)
        if over:
            more = f" 等 {len(over)} 个 (and {len(over) - _PASSED_OVER_SHOWN} more)" if len(over) > _PASSED_OVER_SHOWN else ""
            console.print(Text(f"  未读取（链接、隐藏文件或不是表格）passed over, links, hidden or no tables: {'、'.join(over[:_PASSED_OVER_SHOWN])}{more}", style="yellow"), soft_wrap=True)
        for county, name, year, *_ in counties[:_COUNTIES_IN_FULL]:
            _show_county(connection, console, county, name, year)
        if len(counties) > _COUNTIES_IN_FULL:
            _show_others(console, counties)


def _show_files(connection: duckdb.DuckDBPyConnection, console: Console, refused: int, set_aside: int, warned: int) -> None:
    total = connection.execute("select count(distinct path) from marts.mart_file_outcome").fetchall()[0][0]
    console.rule("[bold]均衡 Junheng · 义务教育优质均衡", characters="=")
    console.print(f"文件 files: {total}   拒收 refused: {refused}   隔离 set aside: {set_aside}   提醒 warned: {warned}")
    for files, path, zh, en in connection.execute(_REFUSED).fetchall():
        more = f"  等 {files} 个文件 (and {files - 1} more)" if files > 1 else ""
        said = f"{zh}\n{en}".replace("\n", "\n    ")
        console.print(Text(f"  ✗ {path}{more}\n    {said}", style="red"))
    withdrawn = connection.execute(_WITHDRAWN).fetchall()
    if withdrawn:
        console.print(f"  已撤回 withdrawn: {len(withdrawn)} 份。恢复用 to count them again: {_command()} withdraw <文件 file> --undo --reason …；内容不同的新文件放回原处即可 a file with other content is simply dropped in.", soft_wrap=True)
        for path, sha in withdrawn[:_WITHDRAWN_SHOWN]:
            console.print(Text(f"    {path}  {sha[:12]}"), soft_wrap=True)
        if len(withdrawn) > _WITHDRAWN_SHOWN:
            console.print(f"    … 其余 {len(withdrawn) - _WITHDRAWN_SHOWN} 份见 and more in: marts.mart_file_outcome, status = 'withdrawn'")
    if set_aside:
        console.print("  隔离的数据见 quarantine/ 下各县区的更正单（普查：改正后直接放回）和更正清单（其他表：照单改正原表，整张重新放入）。See quarantine/: correct the census workbooks and drop them back; correct other tables by their lists and deliver them whole.")
    for count, where, zh in connection.execute(_WARNED).fetchall():
        more = f"  等 {count} 处 (and {count - 1} more)" if count > 1 else ""
        console.print(Text(f"  ⚠ {where} {zh}{more}", style="yellow"), soft_wrap=True)
    if warned:
        console.print("  提醒的数据照常采用，请核实；清单见 reports/problems.csv。What is warned of is used as it is: verify it; the list is reports/problems.csv.", soft_wrap=True)


def _show_county(connection: duckdb.DuckDBPyConnection, console: Console, county: str, name: str, year: int) -> None:
    here = [county, year]
    console.print()
    console.rule(f"[bold]{escape(name)} {county} · {year} 年秋 autumn {year}", characters="-", align="left")
    _show_scorecard(connection, console, county, year + 1)
    for stage, *counts in connection.execute(_STAGE_COUNTS, here).fetchall():
        passed, failed, unknown = counts
        console.print(f"{STAGES[stage]} {stage}: 达标 pass {passed} · 不达标 fail {failed} · 未判定 no_data {unknown}")
    gaps = dict(connection.execute(_GAPS, here).fetchall())
    console.print("全县缺口 missing in all: " + "、".join(f"{gaps.get(unit, 0):,.0f} {name} {unit}" for unit, name in UNITS.items()))
    worst = connection.execute(_WORST, [*here, _SCHOOLS_SHOWN]).fetchall()
    if worst:
        table = _table(Column("学校 school", no_wrap=True), "学段", "达标", "结论", Column("缺口 what is missing", overflow="fold"), title=f"拖后腿的学校 schools that hold the county back (前 {_SCHOOLS_SHOWN})")
        for school_name, school, stage, met, verdict, missing in worst:
            table.add_row(Text(f"{school_name} {school}"), STAGES[stage], f"{met}/7", Text(VERDICTS[verdict], style=_STYLES[verdict]), missing or "")
        console.print(table)
    coefficients = connection.execute(_COEFFICIENTS, here).fetchall()
    if coefficients:
        table = _table("指标", "学段", "差异系数 cv", "限值", "结论", "主要由谁拉大 because of", title="差异系数未过 coefficients that do not hold")
        for code, stage, cv, limit, verdict, because in coefficients:
            table.add_row(code, STAGES[stage], "—" if cv is None else f"{cv:.3f}", f"{limit:.2f}", Text(VERDICTS[verdict], style=_STYLES[verdict]), Text(because or ""))
        console.print(table)
    else:
        console.print("差异系数全部在限值以内 all coefficients hold.")
    progress.show_brief(connection, console, county, dt.date.today())
    console.print(f"  {_command()} progress --county {county}", soft_wrap=True, highlight=False)
    commands = connection.execute(_COMMANDS, [*here, _SCHOOLS_SHOWN]).fetchall()
    if commands:
        console.print("从结论到单元格 from each verdict to its cells:")
    for school, stage, indicator in commands:
        console.print(f"  {_command()} explain --county {county} --school {school} --stage {stage} --year {year} --indicator {indicator}", soft_wrap=True, highlight=False)


def _show_scorecard(connection: duckdb.DuckDBPyConnection, console: Console, county: str, assessment_year: int) -> None:
    for *dimensions, veto, verdict, missing in connection.execute(_SCORECARD, [county, assessment_year]).fetchall():
        line = Text(f"{assessment_year} 年评估 assessment: ").append(VERDICTS[verdict], style=_STYLES[verdict])
        for name, found in zip([*DIMENSIONS.values(), "一票否决"], [*dimensions, veto], strict=True):
            line.append(f" · {name} ").append(VERDICTS[found], style=_STYLES[found])
        console.print(line, soft_wrap=True)
        console.print(f"未判定的指标 indicators without data: {missing}")
        console.print(f"  {_command()} explain --county {county} --assessment-year {assessment_year}", soft_wrap=True, highlight=False)


def _show_others(console: Console, counties: list[tuple]) -> None:
    table = _table("县区", "年份", "达标 pass", "不达标 fail", "未判定 no_data", title="全部县区 all counties")
    for county, name, year, passed, failed, unknown in counties[:_COUNTIES_SHOWN]:
        table.add_row(Text(f"{name} {county}"), str(year), str(passed), str(failed), str(unknown))
    console.print(table)
    if len(counties) > _COUNTIES_SHOWN:
        console.print(f"另有 {len(counties) - _COUNTIES_SHOWN} 个县区未列出，见 marts.mart_school_compliance。And {len(counties) - _COUNTIES_SHOWN} more counties: marts.mart_school_compliance.")


def _command() -> str:
    """Return how to call junheng on the same data from where this one was called."""
    home = os.environ.get("JUNHENG_HOME")
    return f"JUNHENG_HOME={home} .venv/bin/junheng" if home else ".venv/bin/junheng"


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from running a cell that came in from outside as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


_OPEN_REFUSALS = """
    select o.* from marts.mart_file_outcome as o
    where o.is_open
    qualify row_number() over (partition by o.receipt order by o.step) = 1
"""
_NO_TABLES = "select distinct path from marts.mart_file_outcome where reason = 'not_a_table' order by path"
_WITHDRAWN = """
    select path, file_sha256 from marts.mart_file_outcome where status = 'withdrawn' and step = 'read'
    group by all order by max(receipt) desc
"""
_VERDICTS_NOW = f"""
    select county_code, d.name_zh, assessment_year, verdict, {", ".join(DIMENSIONS)}, veto_verdict
    from marts.mart_county_scorecard inner join marts.dim_county as d using (county_code)
    qualify assessment_year = max(assessment_year) over (partition by county_code) order by county_code
"""
_STATUS_OF_CONTENTS = """
    select file_sha256, arg_max(status, receipt * 10 + case step when 'validate' then 2 else 1 end)
    from marts.mart_file_outcome where step <> 'receive' group by file_sha256
"""
_COUNTS = f"""
    select
        (select count(*) from ({_OPEN_REFUSALS})),
        (select count(distinct (file_sha256, county_code, cell, school_id)) from marts.mart_quarantine where severity = 'quarantine'),
        (select count(*) from marts.mart_quarantine where severity = 'warn')
"""
# One line per kind of warning, an example of it first.
_WARNED = """
    select count(*), concat_ws(' ', min_by(concat_ws(' ', county_code, file_name, concat_ws('!', sheet, cell), school_name), (county_code, file_name, cell))), min_by(message_zh, (county_code, file_name, cell))
    from marts.mart_quarantine where severity = 'warn' group by check_id order by 1 desc, 2 limit 8
"""
_REFUSED = f"""
    select count(*), min(path), coalesce(message_zh, ''), coalesce(message_en, '')
    from ({_OPEN_REFUSALS}) group by 3, 4 order by max(receipt) desc limit 10
"""
_PROBLEMS = f"""
    select source, year, county_code, path, '', '', '拒收 block', '', message_zh, '', message_en from ({_OPEN_REFUSALS})
    union all
    select distinct source, year, county_code, path, '', '', '略过 passed over', '', message_zh, '', message_en from marts.mart_file_outcome where reason = 'not_a_table'
    union all
    select source, year, county_code, file_name, concat_ws('!', sheet, cell), concat_ws(' ', school_name, school_id),
        case severity when 'warn' then '提醒 warn' else '隔离 quarantine' end, who_acts, message_zh, how_to_fix_zh, message_en
    from marts.mart_quarantine
    order by all
"""
_COUNTIES = """
    with latest as (select county_code, max(census_year) as census_year from marts.mart_school_compliance group by county_code)
    select l.county_code, any_value(d.name_zh), l.census_year,
        count(*) filter (c.verdict = 'pass'), count(*) filter (c.verdict = 'fail'), count(*) filter (c.verdict = 'no_data')
    from latest as l
    inner join marts.mart_school_compliance as c using (county_code, census_year)
    inner join marts.dim_county as d using (county_code)
    group by l.county_code, l.census_year order by 5 desc, 1
"""
_SCORECARD = f"""
    select {", ".join(DIMENSIONS)}, veto_verdict, verdict, indicators_missing
    from marts.mart_county_scorecard where county_code = ? and assessment_year = ?
"""
_STAGE_COUNTS = """
    select stage, count(*) filter (verdict = 'pass'), count(*) filter (verdict = 'fail'), count(*) filter (verdict = 'no_data')
    from marts.mart_school_compliance where county_code = ? and census_year = ? group by stage order by stage desc
"""
_GAPS = """
    select gap_unit, sum(gap_to_standard) from marts.mart_resource_allocation
    where county_code = ? and census_year = ? and gap_to_standard > 0 group by gap_unit order by gap_unit
"""
_WORST = """
    select c.school_name, c.school_id, c.stage, c.indicators_met, c.verdict,
        string_agg(a.indicator_code || case
            when a.verdict = 'no_data' then ' 无数据 ' || a.reason
            else printf(' 差%.*f', case when a.gap_unit in ('persons', 'rooms', 'yuan') then 0 else 1 end, a.gap_to_standard)
                || case a.gap_unit when 'persons' then '人' when 'rooms' then '间' when 'm2' then '㎡' else '元' end
                || case when a.meets_floor then '' else '(低于85%)' end
        end, '、' order by a.indicator_code)
    from marts.mart_school_compliance as c
    left join marts.mart_resource_allocation as a
        on c.census_year = a.census_year and c.county_code = a.county_code and c.school_id = a.school_id and c.stage = a.stage and a.verdict in ('fail', 'no_data')
    where c.county_code = ? and c.census_year = ? and c.verdict in ('fail', 'no_data')
    group by c.school_name, c.school_id, c.stage, c.indicators_met, c.verdict, c.indicators_below_floor
    order by c.verdict, c.indicators_below_floor desc, c.indicators_met, c.school_id, c.stage desc limit ?
"""
_COEFFICIENTS = """
    select b.indicator_code, b.stage, b.cv, b.cv_limit, b.verdict,
        string_agg(printf('%s %.0f%%', c.school_name, c.share_of_variance * 100), '、' order by c.rank) filter (c.rank <= 3)
            || coalesce(case when b.is_incomplete then '；不完整 incomplete: ' || b.reason || '（' || b.missing_schools || '）' end, '')
    from marts.mart_resource_balance as b
    left join marts.mart_resource_contribution as c using (census_year, county_code, stage, indicator_code)
    where b.county_code = ? and b.census_year = ? and b.verdict in ('fail', 'no_data')
    group by b.indicator_code, b.stage, b.cv, b.cv_limit, b.verdict, b.is_incomplete, b.reason, b.missing_schools order by 2 desc, 1
"""
# One for each school listed, at its worst indicator, then one for whom each failing coefficient is owed to.
_COMMANDS = """
    with schools as (
        select a.school_id, a.stage, a.indicator_code,
            row_number() over (order by c.verdict, c.indicators_below_floor desc, c.indicators_met, a.school_id, a.stage desc) as place
        from marts.mart_resource_allocation as a
        inner join marts.mart_school_compliance as c using (census_year, county_code, school_id, stage)
        where a.county_code = $1 and a.census_year = $2 and c.verdict in ('fail', 'no_data') and a.verdict in ('fail', 'no_data')
        qualify row_number() over (partition by a.school_id, a.stage order by a.attainment, a.indicator_code) = 1
    ),
    coefficients as (
        select c.school_id, c.stage, c.indicator_code, 100 + row_number() over (order by c.stage desc, c.indicator_code) as place
        from marts.mart_resource_contribution as c
        inner join marts.mart_resource_balance as b using (census_year, county_code, stage, indicator_code)
        where b.county_code = $1 and b.census_year = $2 and b.verdict = 'fail' and c.rank = 1
    )
    select school_id, stage, indicator_code
    from (select * from schools qualify row_number() over (order by place) <= $3 union all from coefficients)
    group by all order by min(place)
"""
