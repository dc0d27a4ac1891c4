"""What the office reads in the morning: the screen at the end of a night, ``summary.txt`` and ``problems.csv``."""

import csv
import io
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.text import Text

from extract.common.atomic import replacing
from extract.common.spreadsheet import harmless
from extract.landing.scan import passed_over
from publish import county_summary, progress, words
from publish.answers import Answers, Asks
from publish.facts import COUNTS, OPEN_REFUSALS
from publish.language import say
from publish.progress.moved import local_day
from publish.screen import command, listed, table
from publish.screen import console as new_console

_WIDTH = 100
_COUNTIES_IN_FULL = 3
_COUNTIES_SHOWN = 120  # a city has a dozen, a province about a hundred
_PASSED_OVER_SHOWN = 5
_WITHDRAWN_SHOWN = 10


def write(warehouse: Path, landing: Path, reports: Path) -> Answers:
    """Write ``summary.txt`` and ``problems.csv`` (what was refused or set aside) for people; return what was asked."""
    buffer, answers = io.StringIO(), Answers()
    show(warehouse, landing, new_console(buffer, _WIDTH), answers)
    with replacing(reports / "summary.txt") as partial:
        partial.write_text(buffer.getvalue(), encoding="utf-8")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(_PROBLEMS).fetchall()
    with replacing(reports / "problems.csv") as partial, partial.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            [
                "来源",
                "年份",
                "县区代码",
                "文件",
                "位置",
                "学校",
                "级别",
                "由谁处理",
                "问题",
                "如何改",
                "Problem (English)",
            ]
        )
        writer.writerows([harmless(cell) for cell in row] for row in rows)
    return answers


def show(warehouse: Path, landing: Path, console: Console, answers: Answers | None = None) -> None:
    """Print the screen: files, then each county, then what to do next; ``answers`` are not asked for again."""
    with duckdb.connect(str(warehouse), read_only=True) as asked:
        answers = answers or Answers()
        connection = answers.of(asked)
        on_disk = answers.once("passed over", lambda: passed_over(landing))
        over = [*on_disk, *(path for (path,) in connection.execute(_NO_TABLES).fetchall())]
        counties = connection.execute(_COUNTIES).fetchall()
        console.rule(
            f"[bold]{say('均衡 · 义务教育优质均衡', 'Junheng · high-quality balanced compulsory education')}",
            characters="=",
        )
        ((known,),) = connection.execute("select max(known_at) from marts.dim_belief").fetchall()
        if known:
            day = local_day(known)
            console.print(say(f"按 {day} 及以前收到的文件。", f"By the files received until {day}."))
        _show_files(connection, console)
        if over:
            told = say("未读取（链接、隐藏文件或不是表格）：", "Passed over (links, hidden, or no tables): ")
            _line(console, f"  {told}{listed(over, _PASSED_OVER_SHOWN)}", "yellow")
        in_full = counties[:_COUNTIES_IN_FULL]
        nights = progress.nights(connection, [county for county, *_ in in_full])
        for county, name, year, *_ in in_full:
            county_summary.show(connection, console, county, name, year, nights[county])
        if len(counties) > _COUNTIES_IN_FULL:
            _show_others(console, counties)
        _show_next(connection, console, landing, counties[0][:3] if counties else None)


def _show_files(connection: Asks, console: Console) -> None:
    total, shipped = connection.execute(_FILES).fetchall()[0]
    refused, set_aside, warned = connection.execute(COUNTS).fetchall()[0]
    console.print(
        say(
            f"文件 {total} 个（另有程序自带的公开数据 {shipped} 个）：拒收 {refused} 个；隔离数据 {set_aside} 处；"
            f"提醒 {warned} 处",
            f"Files: {total} (and {shipped} that come with the program), refused: {refused}; values or rows set "
            f"aside: {set_aside}; warnings: {warned}",
        )
    )
    for files, path, message in connection.execute(_REFUSED.format(language=say("zh", "en"))).fetchall():
        more = say(f" 等 {files} 个文件", f" and {files - 1} more") if files > 1 else ""
        _line(console, f"  × {path}{more}\n    " + message.replace("\n", "\n    "), "red")
    _show_withdrawn(console, connection.execute(_WITHDRAWN).fetchall())
    if set_aside:
        _line(
            console,
            "  "
            + say(
                "隔离的数据见 quarantine/ 下各县区的更正单（普查：改正后直接放回）和更正清单（其他表："
                "照单改正原表，整张重新放入）。",
                "What was set aside is in quarantine/: correct the census workbooks and drop them back; correct "
                "other tables by their lists and deliver them whole.",
            ),
        )
    for count, where, message in connection.execute(_WARNED.format(language=say("zh", "en"))).fetchall():
        more = say(f" 等 {count} 处", f" and {count - 1} more") if count > 1 else ""
        _line(console, f"  ! {where} {message}{more}", "yellow")
    if warned:
        _line(
            console,
            "  "
            + say(
                "提醒的数据照常采用，请核实；清单见 reports/problems.csv。",
                "What is warned of is used as it is: verify it; the list is reports/problems.csv.",
            ),
        )


def _show_withdrawn(console: Console, withdrawn: Sequence[tuple[Any, ...]]) -> None:
    if not withdrawn:
        return
    _line(
        console,
        "  "
        + say(
            f"已撤回 {len(withdrawn)} 份。要恢复：{command()} withdraw <文件> --undo --reason <原因>；"
            "内容不同的新文件放回原处即可。",
            f"Withdrawn: {len(withdrawn)}. To count them again: {command()} withdraw <file> --undo --reason "
            "<why>; a file with other content is simply dropped in.",
        ),
    )
    for path, sha in withdrawn[:_WITHDRAWN_SHOWN]:
        _line(console, f"    {path}  {sha[:12]}")
    if len(withdrawn) > _WITHDRAWN_SHOWN:
        more = len(withdrawn) - _WITHDRAWN_SHOWN
        _line(
            console,
            say(
                f"    其余 {more} 份见发布库的表 marts.mart_file_outcome",
                f"    {more} more are in table marts.mart_file_outcome",
            ),
        )


def _show_others(console: Console, counties: list[tuple[Any, ...]]) -> None:
    grid = table(
        say("县区", "county"),
        say("年份", "year"),
        words.verdict("pass"),
        words.verdict("fail"),
        words.verdict("no_data"),
        title=say("全部县区（学校×学段）", "all counties (schools by stage)"),
    )
    for county, name, year, passed, failed, unknown in counties[:_COUNTIES_SHOWN]:
        grid.add_row(Text(f"{name} {county}"), str(year), str(passed), str(failed), str(unknown))
    console.print(grid)
    if more := max(len(counties) - _COUNTIES_SHOWN, 0):
        _line(
            console,
            say(
                f"另有 {more} 个县区未列出，见发布库的表 marts.mart_school_compliance。",
                f"{more} more counties are in table marts.mart_school_compliance.",
            ),
        )


def _show_next(connection: Asks, console: Console, landing: Path, first: tuple[Any, ...] | None) -> None:
    """Print the commands that people go on with, three at most: a refused file, the worst school, its county."""
    refused = connection.execute(
        f"select path from ({OPEN_REFUSALS}) order by received_at desc, receipt desc limit 1"
    ).fetchall()
    steps = [
        (
            f"check {shlex.quote(str(landing / path))}",
            say("这个文件哪里不行、怎么改", "what is wrong with this file, and how to mend it"),
        )
        for (path,) in refused
        if (landing / path).exists()
    ]
    if first:
        county, name, year = first
        school = connection.execute(_WORST_SCHOOL, [county, year]).fetchall()
        steps += [
            (
                f"explain {code}",
                say(f"{who}差什么、最少做什么、由谁办", f"what {who} lacks, the least it must do, and who does it"),
            )
            for code, who in school
        ]
        steps += [
            (
                f"explain {county}",
                say(
                    f"{name}的评估：四个方面、各项指标、依据",
                    f"how {name} is assessed: dimensions, indicators, evidence",
                ),
            )
        ]
        steps += [
            (f"progress {county}", say("目标、整改台账、与上年相比", "targets, the ledger of gaps, and what changed"))
        ]
    if not steps:
        steps = [("template all --year …", say("其他来源的填报模板", "forms of the other sources, to fill in"))]
    console.print()
    console.print(say("接下来：", "Next:"))
    for what, why in steps[:3]:
        _line(console, f"  {command()} {what}\n      {why}")


def _line(console: Console, text: str, style: str = "") -> None:
    """Print a line that people may copy: unbroken, whatever the width."""
    console.print(Text(text, style=style), soft_wrap=True)


_FILES = """
    select count(distinct path) filter (not starts_with(path, 'shipped:')),
        count(distinct path) filter (starts_with(path, 'shipped:'))
    from marts.mart_file_outcome
"""
_NO_TABLES = "select distinct path from marts.mart_file_outcome where reason = 'not_a_table' order by path"
_WITHDRAWN = """
    select path, file_sha256 from marts.mart_file_outcome where status = 'withdrawn' and step = 'read'
    group by all order by max((received_at, receipt)) desc
"""
# One line per kind of warning, an example of it first.
_WARNED = """
    select count(*), concat_ws(' ', min_by(concat_ws(' ', county_code, file_name, concat_ws('!', sheet, cell),
        school_name), (county_code, file_name, cell))), min_by(message_{language}, (county_code, file_name, cell))
    from marts.mart_quarantine where severity = 'warn' group by check_id order by 1 desc, 2 limit 8
"""
_REFUSED = f"""
    select count(*), min(path), coalesce(message_{{language}}, '')
    from ({OPEN_REFUSALS}) group by 3 order by max((received_at, receipt)) desc limit 10
"""
_PROBLEMS = f"""
    select source, year, county_code, path, '', '', '拒收', '', message_zh, '', message_en from ({OPEN_REFUSALS})
    union all
    select distinct source, year, county_code, path, '', '', '略过', '', message_zh, '', message_en
    from marts.mart_file_outcome where reason = 'not_a_table'
    union all
    select source, year, county_code, file_name, concat_ws('!', sheet, cell), concat_ws(' ', school_name, school_id),
        s.name_zh, coalesce(w.name_zh, who_acts), message_zh, how_to_fix_zh, message_en
    from marts.mart_quarantine
    left join seeds.code_lists as s on s.list = 'severity' and s.code = severity
    left join seeds.code_lists as w on w.list = 'who_acts' and w.code = who_acts
    order by all
"""
_COUNTIES = """
    with latest as (select county_code, max(census_year) as census_year from marts.mart_school_compliance
    group by county_code)
    select l.county_code, any_value(d.name_zh), l.census_year,
        count(*) filter (c.verdict = 'pass'), count(*) filter (c.verdict = 'fail'),
            count(*) filter (c.verdict = 'no_data')
    from latest as l
    inner join marts.mart_school_compliance as c using (county_code, census_year)
    inner join marts.dim_county as d using (county_code)
    group by l.county_code, l.census_year order by 5 desc, 1
"""
_WORST_SCHOOL = """
    select school_id, school_name from marts.mart_school_compliance
    where county_code = ? and census_year = ? and verdict in ('fail', 'no_data')
    order by verdict, indicators_below_floor desc, indicators_met, school_id, stage desc limit 1
"""
