"""The commands of ``junheng``: each reads its arguments, calls the step, and says what came of it."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from junheng.arguments import county_code, county_codes, day_of, receipt_of, years_of
from junheng.run_log import LATE_AFTER_HOURS
from junheng.settings import Home
from publish.language import language, say
from publish.screen import console, folding, table

# Exit codes: 0 published, nothing refused · 1 failed, the last warehouse stands · 2 wrong usage ·
# 3 published, but files or rows were refused · 130 interrupted.
FAILED, USAGE, REFUSED, INTERRUPTED = 1, 2, 3, 130


def _help(zh: str, en: str) -> str:
    """Return a help text that breaks where its sentences do: without blanks a line of Chinese is cut off instead."""
    return re.sub("(?<=[，；：。、])(?=[^ ）])", " ", zh) if language() == "zh" else en


def _chinese(text: str) -> str | None:
    """Return the Chinese help of a command; None in English, where its docstring is its help."""
    return _help(text, "") or None


_ABOUT = _help(
    "均衡：每所学校、每个县区离义务教育优质均衡标准还差什么。",
    "Junheng: where every school and county stands against the standard of high-quality balanced compulsory education.",
)
_DAILY, _FILES, _RUNNING = say("每天用", "Every day"), say("文件", "Files"), say("运行与管理", "Running it")
_HELP = {"help_option_names": ["-h", "--help"]}

if language() == "zh":
    from typer import rich_utils

    (
        rich_utils.ARGUMENTS_PANEL_TITLE,
        rich_utils.OPTIONS_PANEL_TITLE,
        rich_utils.COMMANDS_PANEL_TITLE,
        rich_utils.ERRORS_PANEL_TITLE,
    ) = "参数", "选项", "命令", "用法有误"

access = typer.Typer(
    no_args_is_help=True,
    help=_help(
        "谁可以在 PostgreSQL 服务器（JUNHENG_POSTGRES）上看哪个县区。",
        "Who may see which county on the PostgreSQL server (JUNHENG_POSTGRES).",
    ),
)
app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
    help=_ABOUT,
    epilog=_help(
        "例：junheng refresh；junheng explain 惠农区；junheng explain 某某小学；junheng check 学校.xlsx",
        "Examples: junheng refresh · junheng explain 640205 · junheng explain <a school's name> · junheng check "
        "school.xlsx",
    ),
)
app.add_typer(access, name="access", rich_help_panel=_RUNNING)
_out, _errors = console(), console(is_for_errors=True)

_Login = Annotated[str, typer.Argument(help=_help("服务器上的登录名。", "A login of the server."))]
_CountyOption = Annotated[
    str | None, typer.Option("--county", help=_help("区划代码，6 位。", "County code, 6 digits."))
]
_CityOption = Annotated[
    str | None,
    typer.Option("--city", help=_help("市代码，6 位：其全部县区。", "City code, 6 digits: all its counties.")),
]
_AllOption = Annotated[bool, typer.Option("--all", help=_help("全部县区。", "Every county."))]
_AsOf = Annotated[
    str | None,
    typer.Option(help=_help("收到日期（2025-06-30），默认现在。", "Receipt date (2025-06-30), default now.")),
]
_CountyName = _help("县区：6 位代码或名称。", "County: code of 6 digits, or name.")


def _tell(text: str, style: str = "") -> None:
    """Print a line that people may copy: unbroken, whatever the width."""
    _out.print(Text(text, style=style), soft_wrap=True)


def _complain(text: str, style: str = "red") -> None:
    _errors.print(Text(text, style=style), soft_wrap=True)


def fail(message: str) -> None:
    """Say why nothing was done, and end."""
    _complain(message)
    sys.exit(FAILED)


def _need_warehouse(home: Home) -> None:
    if not home.warehouse.exists():
        fail(
            say(
                f"还没有发布的数据（{home.warehouse}）。请先运行 junheng refresh。",
                f"Nothing is published yet ({home.warehouse}). Run junheng refresh first.",
            )
        )


def _print_json(facts: object) -> None:
    import json

    print(json.dumps(facts, ensure_ascii=False, indent=2, default=str))


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        print(f"junheng {version('junheng')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help=_help("显示版本号。", "Show the version and end.")
        ),
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            help=_help(
                "界面语言：zh 中文，en 英文；默认随系统。可写在任何位置。",
                "Language: zh or en; default: the locale's. May stand anywhere.",
            )
        ),
    ] = None,
) -> None:
    pass


@app.command(help=_chinese("刷新：接收、读取、校验、计算、发布。"), rich_help_panel=_DAILY)
def refresh(
    county: Annotated[
        list[str] | None,
        typer.Option(
            help=_help(
                "只收这个县区的文件夹（6 位代码，可重复）。", "Only this county's drop folders (6 digits; repeatable)."
            )
        ),
    ] = None,
    years: Annotated[
        str | None,
        typer.Option(help=_help("只收这些年份的文件夹：2022-2025。", "Only these years' drop folders: 2022-2025.")),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help=_help("全部文件重新读取。", "Read every file again."))] = False,
    as_of: _AsOf = None,
) -> None:
    """Run the night: receive, extract, validate, transform, publish."""
    from junheng import night

    home = Home.from_environment().make()
    selection = night.Selection(county_codes(county), years_of(years), full, receipt_of(as_of, home))
    try:
        timing = night.run(home, selection, _tell)
    except night.NightBusy as busy:
        fail(
            say(
                f"另一个刷新正在运行（{busy}），本次没有开始。",
                f"Another night is running ({busy}); this one did not start.",
            )
        )
    except KeyboardInterrupt:
        _interrupted(home)
    _finish(home, timing.seconds)


def _interrupted(home: Home) -> None:
    """Say what stands after Ctrl-C, and end."""
    import datetime as dt

    published = (
        f"{dt.datetime.fromtimestamp(home.warehouse.stat().st_mtime):%Y-%m-%d %H:%M}"
        if home.warehouse.exists()
        else None
    )
    stands = (
        (f"已发布的仍是 {published} 的数据", f"the warehouse of {published} still stands")
        if published
        else ("还没有发布过数据", "nothing has been published yet")
    )
    _complain(
        "\n"
        + say(
            f"已中断：收到的文件已经登记，{stands[0]}；再运行一次即接着做。",
            f"Interrupted: what was received is on record, {stands[1]}; run again to go on.",
        ),
        "yellow",
    )
    raise typer.Exit(INTERRUPTED)


def _finish(home: Home, seconds: dict[str, float]) -> None:
    from publish import summary

    summary.show(home.warehouse, home.landing, _out)
    took = _by_step(seconds)
    _tell("\n" + say(f"用时（秒）：{took}；数据：{home.warehouse}", f"Seconds: {took}; data: {home.warehouse}"), "dim")
    refused, set_aside, _ = summary.count_problems(home.warehouse)
    if refused or set_aside:
        _tell(
            say(
                f"已发布，但有 {refused} 个文件被拒收、{set_aside} 处数据被隔离，清单：{home.reports / 'problems.csv'}",
                f"Published, with {refused} files refused and {set_aside} values or rows set aside; the list: "
                f"{home.reports / 'problems.csv'}",
            ),
            "yellow",
        )
        raise typer.Exit(REFUSED)


_STEPS = {
    "receive": "接收",
    "extract": "读取",
    "validate": "校验",
    "transform": "计算",
    "publish": "发布",
    "serve": "送往别处",
}


def _by_step(seconds: dict[str, float]) -> str:
    return " · ".join(f"{say(_STEPS[step], step)} {spent:.1f}" for step, spent in seconds.items())


@app.command(
    help=_chinese("检查一个文件会不会被接收，哪里不行、怎么改。"),
    epilog=_help(
        "例：junheng check 学校.xlsx；junheng check 教师.xlsx --source hr --year 2024",
        "Example: junheng check school.xlsx · junheng check teachers.xlsx --source hr --year 2024",
    ),
    rich_help_panel=_DAILY,
)
def check(
    file: Annotated[
        Path, typer.Argument(help=_help("要检查的文件。", "The file to check."), exists=True, dir_okay=False)
    ],
    year: Annotated[
        int | None,
        typer.Option(
            help=_help(
                "年份；默认取文件夹的，否则取文件里写的。", "Year; default: the folder's, else the one the file states."
            )
        ),
    ] = None,
    county: Annotated[
        str | None,
        typer.Option(
            help=_help(
                "区划代码；默认取文件夹的，否则取文件里写的。",
                "County code; default: the folder's, else the one the file states.",
            )
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            help=_help(
                "报的是什么：census、finance、hr ……；默认取文件夹的，否则 census。",
                "What is reported: census, finance, hr …; default: the folder's, else census.",
            )
        ),
    ] = "census",
) -> None:
    """Say whether one file would be accepted, and if not, where and why. Needs no warehouse."""
    from junheng.check_file import check_file

    accepted, lines = check_file(file, source, year, county)
    for line in lines:
        _tell(line)
    raise typer.Exit(0 if accepted else REFUSED)


@app.command(
    help=_chinese("看现在发布的数据、拒收了什么、接下来做什么。"),
    epilog=_help("例：junheng status；junheng status --history", "Example: junheng status · junheng status --history"),
    rich_help_panel=_DAILY,
)
def status(
    history: Annotated[
        bool,
        typer.Option(
            "--history",
            help=_help(
                "改为列出历次刷新：何时、用时、拒收多少。",
                "All nights instead: when each ended, its seconds, what it refused.",
            ),
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON.")] = False,
) -> None:
    """Show what is published: what is refused, where counties stand, what to do next."""
    from publish import summary

    home = Home.from_environment()
    if history:
        _show_nights(home, as_json)
        return
    _need_warehouse(home)
    if as_json:
        _print_json(summary.as_facts(home.warehouse))
    else:
        summary.show(home.warehouse, home.landing, _out)


def _show_nights(home: Home, as_json: bool) -> None:
    import datetime as dt
    from dataclasses import asdict

    from junheng import run_log

    nights = run_log.read(home)
    if as_json:
        _print_json([asdict(night) for night in nights])
        return
    grid = table(
        say("结束", "ended"),
        folding(say("用时（秒）", "seconds"), 8),
        say("拒收", "refused"),
        say("隔离", "set aside"),
        folding(say("失败", "failure"), 10),
        title=say("历次刷新", "nights"),
    )
    for night in nights:
        ended = dt.datetime.fromisoformat(night.ended_at).astimezone()
        seconds = f"{sum(night.seconds.values()):.1f} ({_by_step(night.seconds)})" if night.seconds else "-"
        grid.add_row(
            f"{ended:%Y-%m-%d %H:%M}", seconds, str(night.refused), str(night.set_aside), Text(night.failure.strip())
        )
    _out.print(grid)


@app.command(
    help=_chinese("解释一所学校、一个县区或一项指标：为什么、差什么、最少做什么。"),
    epilog=_help(
        "例：junheng explain 惠农区；junheng explain 某某小学；junheng explain 某某学校 小学 骨干教师；junheng "
        "explain 惠农区 班额 2024",
        "Examples: junheng explain 640205 · junheng explain <school> · junheng explain <school> primary R2 2024 · "
        "junheng explain 640205 G5",
    ),
    rich_help_panel=_DAILY,
)
def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help=_help(
                "县区、学校（名称、名称的一部分或代码）、小学/初中、年份、指标（名称或代码），次序不限。",
                "County, school (name, part of it, or code), primary/junior, year, indicator (name or code), in "
                "any order.",
            )
        ),
    ] = None,
    county: Annotated[str | None, typer.Option(help=_CountyName)] = None,
    assessment_year: Annotated[
        int | None,
        typer.Option(
            help=_help(
                "哪一年的评估（用上一年秋的普查）。",
                "The assessment of this year (it uses the census of the autumn before).",
            )
        ),
    ] = None,
    school: Annotated[
        str | None,
        typer.Option(
            help=_help("学校：名称、名称的一部分或 10 位标识码。", "School: name, part of it, or code of 10 digits.")
        ),
    ] = None,
    stage: Annotated[str | None, typer.Option(help=_help("小学或初中。", "primary or junior."))] = None,
    year: Annotated[
        int | None, typer.Option(help=_help("普查年份；默认最近一年。", "Census year; default: the latest."))
    ] = None,
    indicator: Annotated[
        str | None,
        typer.Option(
            help=_help(
                "指标：名称或代码（R1–R7、G1–G15、Q1–Q9、S1）。", "Indicator: name or code (R1–R7, G1–G15, Q1–Q9, S1)."
            )
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON.")] = False,
) -> None:
    """Explain a school, a county or an indicator: the verdict, what is missing, the least step, the cells."""
    import duckdb

    from junheng import explain as explaining
    from junheng.explain.names import Unclear, understand

    home = Home.from_environment()
    said = {"county": county, "school": school, "stage": stage, "indicator": indicator}
    if not any([*(words or []), *said.values()]):
        raise typer.BadParameter(
            say("请写明要解释什么：县区、学校或指标。", "Say what to explain: a county, a school or an indicator.")
        )
    _need_warehouse(home)
    try:
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            asked = understand(connection, words or [], said, assessment_year - 1 if assessment_year else year)
    except Unclear as unclear:
        _complain(str(unclear))
        raise typer.Exit(USAGE) from None
    explanations = explaining.explain(home.warehouse, asked)
    if not explanations:
        what = " ".join(
            str(part) for part in (asked.county, asked.school, asked.stage, asked.year, asked.indicator) if part
        )
        _complain(
            say(
                f"没有这一条：{what}（没有报送，或不在评估范围内）。",
                f"No such result: {what} (never delivered, or out of scope).",
            )
        )
        raise typer.Exit(USAGE)
    if as_json:
        print(explaining.as_json(explanations))
        return
    for explanation in explanations:
        explanation.show(_out)


@app.command(
    help=_chinese("看目标、整改台账、教育集团和变化；写市名则列出所辖县区。"),
    epilog=_help(
        "例：junheng progress 惠农区；junheng progress 惠农区 --as-known-on city_review-2025",
        "Example: junheng progress 640205 · junheng progress 640205 --as-known-on city_review-2025",
    ),
    rich_help_panel=_DAILY,
)
def progress(
    name: Annotated[
        str | None,
        typer.Argument(
            help=_help("县区或市：名称或 6 位代码。", "County or city: name, or code of 6 digits."), show_default=False
        ),
    ] = None,
    county: Annotated[str | None, typer.Option(help=_help("同上。", "The same."))] = None,
    as_known_on: Annotated[
        str | None,
        typer.Option(
            help=_help(
                "按这一天已知的说（2025-06-30），或按评估节点：self_assessment-2025（3 月底自评）、"
                "city_review-2025（6 月市级）、region_review-2025（8 月自治区）；默认现在。",
                "Tell what was known on this day (2025-06-30), or on an assessment date: self_assessment-2025 "
                "(end of March), city_review-2025 (June), region_review-2025 (August); default now.",
            )
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help=_help("按这一天判断超期与未达到；默认今天。", "Tell overdue and missed for this day; default today.")
        ),
    ] = None,
) -> None:
    """Show a county's targets, ledger of gaps and education groups, and what moved since last night and last year; a
    city's name lists its counties.
    """
    import datetime as dt

    import duckdb

    from publish import progress as showing

    home = Home.from_environment()
    _need_warehouse(home)
    code = county_code(home, name or county, with_cities=True)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        known_on = day_of(connection, as_known_on) if as_known_on else dt.date(9999, 12, 30)
        told_for = day_of(connection, as_of) if as_of else dt.date.today()
        if not showing.show(connection, _out, code, known_on, told_for):
            _complain(say(f"没有 {code} 在该日之前的数据。", f"Nothing was known of {code} on that day."))
            raise typer.Exit(USAGE)


@app.command(help=_chinese("逐年补收以往年份，每年发布一次；中断后再运行即接着做。"), rich_help_panel=_FILES)
def backfill(
    years: Annotated[
        str, typer.Option(help=_help("文件夹的年份：2022-2025。", "Years of the drop folders: 2022-2025."))
    ],
    county: Annotated[
        list[str] | None,
        typer.Option(
            help=_help(
                "只收这个县区的文件夹（6 位代码，可重复）。", "Only this county's drop folders (6 digits; repeatable)."
            )
        ),
    ] = None,
    as_of: _AsOf = None,
) -> None:
    """Take in past years one by one, each published before the next; begun again, it goes on where it stopped."""
    from junheng import night

    home = Home.from_environment().make()
    wanted = sorted(years_of(years))
    counties = county_codes(county)
    receipt = receipt_of(as_of, home)
    seconds: dict[str, float] = {}
    try:
        for number, year in enumerate(wanted, 1):
            _tell(
                say(f"{year}（第 {number} 年，共 {len(wanted)} 年）", f"{year} (year {number} of {len(wanted)})"),
                "bold",
            )
            timing = night.run(home, night.Selection(counties, frozenset({year}), as_of=receipt), _tell)
            seconds = {step: seconds.get(step, 0) + took for step, took in timing.seconds.items()}
    except night.NightBusy as busy:
        fail(
            say(
                f"另一个刷新正在运行（{busy}），稍后再试即可接着做。",
                f"Another night is running ({busy}); try again later, it goes on where it stopped.",
            )
        )
    except KeyboardInterrupt:
        _interrupted(home)
    _finish(home, seconds)


@app.command(
    help=_chinese("生成填报模板（.xlsx），填好放回 landing/ 即可；学校、未销号缺口已带出。"),
    epilog=_help(
        "例：junheng template all --year 2024 --county 惠农区 --target 模板",
        "Example: junheng template all --year 2024 --county 640205 --target templates",
    ),
    rich_help_panel=_DAILY,
)
def template(
    source: Annotated[
        str,
        typer.Argument(
            help=_help(
                "来源：finance、monitoring、hr、enrolment、rooms、classes、survey、attestation、reviews ……；all："
                "全部。",
                "What is reported: finance, monitoring, hr, enrolment, rooms, classes, survey, attestation, "
                "reviews …; all: every source.",
            )
        ),
    ],
    year: Annotated[int, typer.Option(help=_help("这个来源自己的年份。", "The source's own year."))],
    county: Annotated[str, typer.Option(help=_CountyName)],
    target: Annotated[
        Path,
        typer.Option(
            help=_help(
                "写到哪个文件夹；all 时每个来源一个子文件夹。",
                "Folder to write into; for all, a folder per source in it.",
            )
        ),
    ] = Path(),
) -> None:
    """Write an .xlsx to fill in for each form of a source; dropped back into landing/, it is accepted as it is. The
    ledger of remediation goes out with every open gap of the county in it, tables of one line a school with its
    schools.
    """
    from extract.definitions.forms import sources
    from junheng.template import write_templates

    home = Home.from_environment()
    code = county_code(home, county)
    if source != "all" and source not in sources():
        raise typer.BadParameter(
            say(
                f"没有这个来源：{source}（{'、'.join(sources())}、all）",
                f"No such source: {source} ({', '.join(sources())}, all)",
            )
        )
    # What the project itself ships is no office's to fill in.
    for wanted in [name for name in sources() if name != "published"] if source == "all" else [source]:
        try:
            written = write_templates(
                target / wanted if source == "all" else target, wanted, year, code, home.warehouse
            )
        except ValueError:
            raise typer.BadParameter(
                say(f"{wanted} 没有 {year} 年按行填报的表。", f"{wanted} has no table to fill in for {year}.")
            ) from None
        for path in written:
            _tell(say(f"已写入：{path}", f"Written: {path}"))
        _tell(
            say(
                f"填好后放入：{home.landing / wanted / str(year) / code}/",
                f"Drop the filled files into: {home.landing / wanted / str(year) / code}/",
            )
        )


@app.command(help=_chinese("从发布的数据里切出一个县区：文件没有行级权限，要给别人就给这个。"), rich_help_panel=_FILES)
def export(
    county: Annotated[str, typer.Option(help=_CountyName)],
    target: Annotated[Path, typer.Option(help=_help("写到哪个文件夹。", "Folder to write into."))],
    csv: Annotated[
        bool,
        typer.Option("--csv", help=_help("每张表另存 .csv，可用 Excel 打开。", "Also every mart as .csv, for Excel.")),
    ] = False,
) -> None:
    """Cut one county out of the published warehouse: files have no row security of their own, so hand out this."""
    from publish import export as exporting

    home = Home.from_environment()
    _need_warehouse(home)
    code = county_code(home, county)
    rows = exporting.export(home.warehouse, code, target, csv)
    if not rows:
        _complain(say(f"没有 {code} 的数据。", f"Nothing of {code} in the warehouse."))
        raise typer.Exit(USAGE)
    _tell(say(f"已写入 {rows:,} 行：{target}", f"{rows:,} rows written: {target}"))


@app.command(
    help=_chinese("撤回已收到的文件，下次刷新起不再计入；--undo 恢复。"),
    epilog=_help(
        "例：junheng withdraw census/2024/640205/学校.xlsx --reason 报错了学校",
        "Example: junheng withdraw census/2024/640205/school.xlsx --reason 'another school's file'",
    ),
    rich_help_panel=_FILES,
)
def withdraw(
    files: Annotated[
        list[str],
        typer.Argument(
            help=_help(
                "收到时的路径（census/2024/640104/x.xlsx），或 sha256 的前 8 位以上；一次写几个算一件事。",
                "Paths as delivered (census/2024/640104/x.xlsx), or the first 8 or more characters of their "
                "sha256. Several at once are one act.",
            )
        ),
    ],
    reason: Annotated[str, typer.Option(help=_help("原因，记入台账。", "Why; kept in the ledger."))],
    undo: Annotated[
        bool, typer.Option("--undo", help=_help("恢复：重新计入。", "Take the withdrawal back: the files count again."))
    ] = False,
) -> None:
    """Record that delivered files no longer count. The next refresh leaves them out; --undo takes it back."""
    from extract import landing
    from junheng.night import NightBusy, Selection, one_writer

    home = Home.from_environment().make()
    try:
        with one_writer(home):
            events = (landing.restore if undo else landing.withdraw)(home.store, files, Selection().at(), reason)
    except NightBusy as busy:
        fail(say(f"刷新正在运行（{busy}），稍后再试。", f"A night is running ({busy}); try again later."))
    except landing.NoSuchContent as error:
        for line in _which(home, error, undo):
            _complain(line, "")
        raise typer.Exit(USAGE) from None
    for event in events:
        done = say("已恢复", "Restored") if undo else say("已撤回", "Withdrawn")
        _tell(
            done
            + say(
                f"：{event.path}（{event.file_sha256[:12]}），运行 junheng refresh 后生效。",
                f": {event.path} ({event.file_sha256[:12]}); it takes effect with the next junheng refresh.",
            )
        )


def _which(home: Home, error: object, undo: bool) -> list[str]:
    """Tell which contents a path had, what became of each, and how to name the one that is meant."""
    from publish import summary

    if not error.candidates:
        what = (
            say("没有已撤回的文件", "Nothing that was withdrawn")
            if undo
            else say("没有收到过的文件", "Nothing delivered that still counts")
        )
        where = (
            say("junheng status 列出已撤回的文件", "junheng status lists what is withdrawn")
            if undo
            else say(
                "收到过的文件见发布库的表 marts.mart_file_outcome（列 path），或在 landing 里看",
                "delivered files: the paths of marts.mart_file_outcome",
            )
        )
        return [
            what + say(f"与之对应，什么也没有做：{error.file}。", f" matches {error.file}; nothing was done."),
            *([say(f"  是不是 {path}", f"  Did you mean {path}") for path in error.near] or [f"  {where}"]),
        ]
    status = summary.status_of_contents(home.warehouse) if home.warehouse.exists() else {}
    lines = [
        say(
            f"{error.file} 先后收到 {len(error.candidates)} 份不同内容，请用校验值开头的几位指明，什么也没有做。",
            f"{len(error.candidates)} contents came as {error.file}; name one by its sha256. Nothing was done.",
        )
    ]
    for event in error.candidates:
        received = say(f"{event.at[:10]} 收到", f"received {event.at[:10]}")
        lines.append(
            f"  {event.file_sha256[:12]}  {received}  {status.get(event.file_sha256, '')}\n    junheng withdraw "
            f"{event.file_sha256[:12]} --reason …{' --undo' if undo else ''}"
        )
    return lines


@app.command(
    help=_chinese("刷新没有按时完成就通知相关的人，并以 1 结束。早上由 cron 或 Airflow 运行。"),
    rich_help_panel=_RUNNING,
)
def watch(
    hours: Annotated[
        float,
        typer.Option(
            help=_help("最近一次成功的刷新最多可以是几小时之前。", "How long ago the last good night may have ended.")
        ),
    ] = LATE_AFTER_HOURS,
) -> None:
    """Tell people, and end with 1, if the night is late or missing. Run it in the morning, from cron or Airflow."""
    from junheng import notices, run_log

    late = run_log.overdue(Home.from_environment(), hours)
    if late is None:
        return
    for problem in notices.send(say("夜间刷新未按时完成", "the night is late or missing"), late):
        _complain(say(f"通知未送达：{problem}", f"Notice not delivered: {problem}"))
    fail(late)


@app.command(help=_chinese("生成数据字典（每张表、每一列、来龙去脉），一个离线网页。"), rich_help_panel=_RUNNING)
def docs() -> None:
    """Write the data dictionary (every mart and column, how they hang together) as one offline page."""
    from junheng import night

    home = Home.from_environment().make()
    page = night.write_docs(home)
    _tell(say(f"数据字典：{page}", f"Data dictionary: {page}"))


@app.command(help=_chinese("生成 Superset 可导入的仪表板包。"), rich_help_panel=_RUNNING)
def dashboards(
    uri: Annotated[
        str,
        typer.Option(
            help=_help(
                "Superset 到哪里找数据（不带口令）：postgresql+psycopg2://login@host/database",
                "Where Superset finds the marts, without a password: postgresql+psycopg2://login@host/database",
            )
        ),
    ],
    target: Annotated[Path, typer.Option(help=_help("写成哪个文件。", "The bundle to write."))] = Path(
        "junheng-dashboards.zip"
    ),
) -> None:
    """Write the dashboards as a bundle that Superset imports."""
    from publish.superset import bundle

    boards = bundle.write(target, uri)
    _tell(say(f"{target}（{boards} 个仪表板）", f"{target} ({boards} dashboards)"))


@app.command(
    help=_chinese("在本机打开仪表板：Superset 读已发布的数据（先由 `make bi` 安装）。"), rich_help_panel=_RUNNING
)
def bi() -> None:
    """Show the dashboards on this machine: Superset on the published marts (`make bi` installs it first)."""
    from junheng import bi as dashboards_here

    home = Home.from_environment()
    _need_warehouse(home)
    try:
        dashboards_here.run(home, _tell)
    except KeyboardInterrupt:
        _tell("")


@app.command(help=_chinese("生成合成县区的普查文件（名称里写明是合成的）。"), rich_help_panel=_RUNNING)
def synthetic(
    target: Annotated[Path, typer.Argument(help=_help("写到哪个 landing 文件夹。", "A landing folder to write into."))],
    county: Annotated[
        str,
        typer.Option(
            help=_help(
                "县区代码，6 位；写了 --counties 时代码自动编。",
                "Code of the county, 6 digits; with --counties, codes are made up.",
            )
        ),
    ] = "649901",
    counties: Annotated[
        int,
        typer.Option(min=1, max=9000, help=_help("县区数，分布于各省。", "Number of counties, over all provinces.")),
    ] = 1,
    schools: Annotated[int, typer.Option(min=1, help=_help("学校总数。", "Number of schools in all."))] = 24,
    years: Annotated[str, typer.Option(help=_help("普查年份：2022-2025。", "Census years: 2022-2025."))] = "2022-2025",
    form: Annotated[
        str,
        typer.Option(
            help=_help(
                "workbook 一校一表，list 一县一个 .xlsx，csv，mixed 名单（一半是 .csv）。",
                "workbook (one per school), list (one .xlsx per county), csv, or mixed (lists, half of them .csv).",
            )
        ),
    ] = "workbook",
    dirt: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help=_help(
                "有问题的文件占多少；各自应有的结果写在 landing 旁边。",
                "Share of files with something wrong; what each must lead to is written beside the landing folder.",
            ),
        ),
    ] = 0.0,
    sources: Annotated[
        str,
        typer.Option(
            help=_help(
                "census，或 all：连同经费、名册、监测、问卷、认定。",
                "census, or all: finance, registers, monitoring, surveys and attestations as well.",
            )
        ),
    ] = "census",
    seed: Annotated[int, typer.Option(help=_help("种子相同，文件相同。", "Same seed, same bytes."))] = 1,
) -> None:
    """Write made-up counties' census files (clearly named as such)."""
    import os

    from rich.progress import Progress

    from junheng import synthetic as making

    if form not in ("workbook", "list", "csv", "mixed"):
        raise typer.BadParameter(f"form: workbook, list, csv, mixed; not {form!r}")
    if sources not in ("census", "all"):
        raise typer.BadParameter(f"sources: census, all; not {sources!r}")
    try:
        made = making.nation(counties, schools, form, seed)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if counties == 1:
        made = [making.County(county, schools, made[0].form)]
    with Progress(console=_errors, transient=True) as bar:
        task = bar.add_task(say("合成", "synthetic"), total=len(made))
        processes = min(len(made), os.cpu_count() or 1)
        written = making.write_nation(
            target,
            made,
            sorted(years_of(years)),
            seed,
            processes,
            lambda n: bar.advance(task, n),
            dirt,
            sources == "all",
        )
    _tell(say(f"已写入 {len(written)} 个合成数据文件：{target}", f"{len(written)} synthetic files written: {target}"))
    if dirt:
        expected = target.with_name(f"{target.name}.expected.csv")
        making.write_expected(expected, written)
        _tell(say(f"各问题文件应有的结果：{expected}", f"What each file with dirt must lead to: {expected}"))


@access.command("setup", help=_chinese("建立角色 junheng_loader、junheng_reader 与绑定表（由管理员运行一次）。"))
def access_setup() -> None:
    """Create the roles junheng_loader and junheng_reader and the bindings (as an administrator, once)."""
    from publish import access as binding

    with _server() as server:
        binding.set_up(server)
    _tell(
        say(
            "角色 junheng_loader、junheng_reader 与绑定表已就绪，口令请由管理员设定。",
            "Roles junheng_loader, junheng_reader and bindings are ready; set the passwords yourself.",
        )
    )


@access.command("grant", help=_chinese("让一个登录名看一个县区、一个市的县区，或全部。"))
def access_grant(
    login: _Login, county: _CountyOption = None, city: _CityOption = None, everything: _AllOption = False
) -> None:
    """Let a login see a county, a city's counties, or all."""
    from publish import access as binding

    scope, code = _scope(county, city, everything)
    with _server() as server:
        try:
            binding.grant(server, login, scope, code)
        except LookupError:
            _complain(
                say(
                    f"服务器上没有登录名 {login}，请先由管理员建立。",
                    f"The server has no login {login}: create it first.",
                )
            )
            raise typer.Exit(USAGE) from None
    _tell(say(f"{login} 可见：{scope} {code}", f"{login} may see: {scope} {code}"))


@access.command("revoke", help=_chinese("收回一条绑定。"))
def access_revoke(
    login: _Login, county: _CountyOption = None, city: _CityOption = None, everything: _AllOption = False
) -> None:
    """Take a binding back."""
    from publish import access as binding

    scope, code = _scope(county, city, everything)
    with _server() as server:
        if not binding.revoke(server, login, scope, code):
            _complain(say(f"没有这条绑定：{login} {scope} {code}", f"No such binding: {login} {scope} {code}"))
            raise typer.Exit(USAGE)
    _tell(say(f"{login} 不再可见：{scope} {code}", f"{login} may no longer see: {scope} {code}"))


@access.command("list", help=_chinese("列出全部绑定。"))
def access_list() -> None:
    """Show every binding."""
    from publish import access as binding

    with _server() as server:
        for login, scope, code, at, by in binding.bindings(server):
            print(f"{login}\t{scope}\t{code}\t{at:%Y-%m-%d}\t{by}")


def _server() -> object:
    import os

    import psycopg

    if not (uri := os.environ.get("JUNHENG_POSTGRES")):
        raise typer.BadParameter(
            say(
                "请设置 JUNHENG_POSTGRES=postgresql://用户@主机/数据库。",
                "Set JUNHENG_POSTGRES=postgresql://user@host/database.",
            )
        )
    return psycopg.connect(uri, autocommit=True)


def _scope(county: str | None, city: str | None, everything: bool) -> tuple[str, str]:
    given = [
        (s, c) for s, c in (("county", county), ("city", city), ("all", "" if everything else None)) if c is not None
    ]
    if len(given) != 1:
        raise typer.BadParameter(say("--county、--city、--all 三者取一。", "Give one of --county, --city, --all."))
    if given[0][0] != "all":
        county_codes([given[0][1]])
    return given[0]
