"""The command line: refresh, backfill, check, status, watch, explain, progress, template, withdraw, export, dashboards, bi, access, docs, synthetic."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from junheng.diary import LATE_AFTER_HOURS
from junheng.settings import Home

access = typer.Typer(no_args_is_help=True, help="Who may see which county on the PostgreSQL server (JUNHENG_POSTGRES).")
app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]}, help="均衡 Junheng: where every school and county stands against the balanced-education standard.")
app.add_typer(access, name="access")
_out = Console(soft_wrap=True)
_errors = Console(stderr=True, soft_wrap=True)

# Exit codes: 0 published, nothing refused · 1 failed, the last warehouse stands · 2 wrong usage ·
# 3 published, but files or rows were refused · 130 interrupted.
FAILED, USAGE, REFUSED, INTERRUPTED = 1, 2, 3, 130

_Login = Annotated[str, typer.Argument(help="A login of the server.")]
_CountyOption = Annotated[str | None, typer.Option("--county", help="County code, 6 digits.")]
_CityOption = Annotated[str | None, typer.Option("--city", help="City code, 6 digits: all its counties.")]
_AllOption = Annotated[bool, typer.Option("--all", help="Every county.")]


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        print(f"junheng {version('junheng')}")
        raise typer.Exit


@app.callback()
def _options(version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")] = False) -> None:
    """均衡 Junheng: where every school and county stands against the balanced-education standard."""


def years_of(text: str | None) -> frozenset[int]:
    """Return the years of ``2022-2025`` or ``2022,2024``; empty for none.

    Raises:
        typer.BadParameter: not written like that.
    """
    years: set[int] = set()
    for part in (text or "").split(","):
        ends = part.strip().split("-")
        if not part.strip():
            continue
        if not all(e.isdecimal() and len(e) == 4 for e in ends) or len(ends) > 2 or ends[0] > ends[-1]:
            raise typer.BadParameter(f"年份应写作 2022-2025 或 2024。Years are written 2022-2025 or 2024, not {text!r}.")
        years |= set(range(int(ends[0]), int(ends[-1]) + 1))
    return frozenset(years)


@app.command()
def refresh(
    county: Annotated[list[str] | None, typer.Option(help="Only this county's drop folders (6 digits; repeatable).")] = None,
    years: Annotated[str | None, typer.Option(help="Only these years' drop folders: 2022-2025.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read every file again.")] = False,
    as_of: Annotated[str | None, typer.Option(help="Receipt date of this night (YYYY-MM-DD), default now.")] = None,
) -> None:
    """Run the night: receive, extract, validate, transform, publish."""
    from junheng import night

    home = Home.from_environment().make()
    selection = night.Selection(_counties(county), years_of(years), full, _receipt(as_of, home))
    try:
        timing = night.run(home, selection, _out.print)
    except night.NightBusy as busy:
        _fail(f"另一个刷新正在运行（{busy}），本次没有开始。Another night is running; this one did not start.")
    except KeyboardInterrupt:
        _interrupted(home)
    _finish(home, timing.seconds)


def _interrupted(home: Home) -> None:
    """Say what stands after Ctrl-C, and end."""
    import datetime as dt

    published = f"{dt.datetime.fromtimestamp(home.warehouse.stat().st_mtime):%Y-%m-%d %H:%M}" if home.warehouse.exists() else None
    stands = (f"已发布的仍是 {published} 的数据", f"the warehouse of {published} still stands") if published else ("还没有发布过数据", "nothing has been published yet")
    _errors.print(f"\n已中断：收到的文件已经登记，{stands[0]}；再运行一次即接着做。\nInterrupted: what was received is on record, {stands[1]}; run again to go on.", style="yellow", markup=False)
    raise typer.Exit(INTERRUPTED)


def _finish(home: Home, seconds: dict[str, float]) -> None:
    from publish import summary

    summary.show(home.warehouse, home.landing, Console(width=max(_out.width, 100)))
    _out.print("\n用时 seconds: " + " · ".join(f"{k} {v:.1f}" for k, v in seconds.items()) + f"   数据 {home.warehouse}", style="dim")
    refused, set_aside, _ = summary.count_problems(home.warehouse)
    if refused or set_aside:
        _out.print(f"已发布，但有 {refused} 个文件被拒收、{set_aside} 处数据被隔离，清单：{home.reports / 'problems.csv'}", style="yellow")
        _out.print(f"Published, with {refused} files refused and {set_aside} values or rows set aside.", style="yellow")
        raise typer.Exit(REFUSED)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The file to check.", exists=True, dir_okay=False)],
    year: Annotated[int | None, typer.Option(help="Census year; default: the folder's, else the one the file states.")] = None,
    county: Annotated[str | None, typer.Option(help="County code; default: the folder's, else the one the file states.")] = None,
    source: Annotated[str, typer.Option(help="What is reported: census, finance, hr …; default: the folder's, else census.")] = "census",
) -> None:
    """Say whether one file would be accepted, and if not, where and why. Needs no warehouse."""
    from junheng.check import check_file

    accepted, lines = check_file(file, source, year, county)
    for line in lines:
        _out.print(line, markup=False, highlight=False)
    raise typer.Exit(0 if accepted else REFUSED)


@app.command()
def status(
    history: Annotated[bool, typer.Option("--history", help="All nights instead: when each ended, its seconds, what it refused.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the published warehouse: when, from what, what is refused."""
    from publish import summary

    home = Home.from_environment()
    if history:
        _show_nights(home, as_json)
        return
    _need_warehouse(home)
    if as_json:
        _print_json(summary.as_facts(home.warehouse))
    else:
        summary.show(home.warehouse, home.landing, Console(width=max(_out.width, 100)))


def _show_nights(home: Home, as_json: bool) -> None:
    import datetime as dt
    from dataclasses import asdict

    from rich import box
    from rich.table import Column, Table

    from junheng import diary

    nights = diary.read(home)
    if as_json:
        _print_json([asdict(night) for night in nights])
        return
    table = Table("结束 ended", "用时 seconds", "拒收 refused", "隔离 set aside", Column("失败 failure", overflow="fold"), title="历次刷新 nights", title_justify="left", box=box.ASCII2)
    for night in nights:
        ended = dt.datetime.fromisoformat(night.ended_at).astimezone()
        seconds = f"{sum(night.seconds.values()):.1f} (" + " ".join(f"{k} {v:.1f}" for k, v in night.seconds.items()) + ")" if night.seconds else "-"
        table.add_row(f"{ended:%Y-%m-%d %H:%M}", seconds, str(night.refused), str(night.set_aside), escape(night.failure.strip()))
    _out.print(table)


def _print_json(facts: object) -> None:
    import json

    print(json.dumps(facts, ensure_ascii=False, indent=2, default=str))


@app.command()
def watch(hours: Annotated[float, typer.Option(help="How long ago the last good night may have ended.")] = LATE_AFTER_HOURS) -> None:
    """Tell people, and end with 1, if the night is late or missing. Run it in the morning, from cron or Airflow."""
    from junheng import diary, notices

    late = diary.overdue(Home.from_environment(), hours)
    if late is None:
        return
    for problem in notices.send("夜间刷新未按时完成 the night is late or missing", late):
        _errors.print(f"通知未送达 notice not delivered: {problem}", markup=False)
    _fail(late)


@app.command()
def explain(
    county: Annotated[str, typer.Option(help="County code, 6 digits.")],
    assessment_year: Annotated[int | None, typer.Option(help="The county's whole assessment of this year.")] = None,
    school: Annotated[str | None, typer.Option(help="School code, 10 digits; with --stage, --year and --indicator.")] = None,
    stage: Annotated[str | None, typer.Option(help="primary or junior.")] = None,
    year: Annotated[int | None, typer.Option(help="Census year.")] = None,
    indicator: Annotated[str | None, typer.Option(help="R1 … R7.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Walk from a verdict to the cells it stands on: of a county's assessment, or of one school's indicator."""
    from junheng import explain as explaining
    from junheng import scorecard

    home = Home.from_environment()
    if assessment_year is None and not (school and stage and year and indicator):
        raise typer.BadParameter("需要 --assessment-year，或 --school、--stage、--year、--indicator 四项。Give --assessment-year, or all of --school, --stage, --year, --indicator.")
    _need_warehouse(home)
    if assessment_year is not None:
        way, explained = scorecard, scorecard.gather(home.warehouse, county, assessment_year)
    else:
        way, explained = explaining, explaining.gather(home.warehouse, county, school, stage, year, indicator.upper())
    if explained is None:
        asked = " ".join(str(part) for part in (county, assessment_year, school, stage, year, indicator) if part)
        _errors.print(f"没有这一条：{asked}。No such result in the warehouse (out of scope, or never delivered).", markup=False)
        raise typer.Exit(USAGE)
    if as_json:
        print(explaining.as_json(explained))
    else:
        way.show(explained, Console(width=max(_out.width, 180)))


@app.command()
def progress(
    county: Annotated[str, typer.Option(help="County code, 6 digits; a city's code lists its counties.")],
    as_known_on: Annotated[str | None, typer.Option(help="Tell what was known on this day (2025-06-30), or on an assessment date: self_assessment-2025 (end of March), city_review-2025 (June), region_review-2025 (August); default now.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Tell overdue and missed for this day; default today.")] = None,
) -> None:
    """Show a county's targets, ledger of gaps and education groups, and what moved since last night and last year."""
    import datetime as dt

    import duckdb

    from publish import progress as showing

    home = Home.from_environment()
    _need_warehouse(home)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        known_on = _day(connection, as_known_on) if as_known_on else dt.date(9999, 12, 30)
        told_for = _day(connection, as_of) if as_of else dt.date.today()
        if not showing.show(connection, Console(width=max(_out.width, 160)), county, known_on, told_for):
            _errors.print(f"没有 {county} 在该日之前的数据。Nothing was known of {county} on that day.", markup=False)
            raise typer.Exit(USAGE)


def _day(connection: object, text: str) -> object:
    """Return a date, or the end of an assessment's period by its name and year."""
    import datetime as dt

    name, _, year = text.rpartition("-")
    named = connection.execute("select years_after, month, day from seeds.assessment_dates where assessment_date = ?", [name]).fetchall()
    try:
        if named:
            after, month, day = named[0]
            return dt.date(int(year) + after, month, day)
        return dt.date.fromisoformat(text)
    except ValueError:
        names = ", ".join(f"{n}-2025" for (n,) in connection.execute("select assessment_date from seeds.assessment_dates order by years_after, month").fetchall())
        raise typer.BadParameter(f"日期应写作 2025-06-30 或 {names}。Dates are written 2025-06-30, or {names}; not {text!r}.") from None


@app.command()
def backfill(
    years: Annotated[str, typer.Option(help="Years of the drop folders: 2022-2025.")],
    county: Annotated[list[str] | None, typer.Option(help="Only this county's drop folders (6 digits; repeatable).")] = None,
    as_of: Annotated[str | None, typer.Option(help="Receipt date, default now.")] = None,
) -> None:
    """Take in past years one by one, each published before the next; begun again, it goes on where it stopped."""
    from junheng import night

    home = Home.from_environment().make()
    wanted = sorted(years_of(years))
    counties = _counties(county)
    receipt = _receipt(as_of, home)
    seconds: dict[str, float] = {}
    try:
        for number, year in enumerate(wanted, 1):
            _out.print(f"[bold]{year}[/]（第 {number} 年，共 {len(wanted)} 年 year {number} of {len(wanted)}）")
            timing = night.run(home, night.Selection(counties, frozenset({year}), as_of=receipt), _out.print)
            seconds = {step: seconds.get(step, 0) + took for step, took in timing.seconds.items()}
    except night.NightBusy as busy:
        _fail(f"另一个刷新正在运行（{busy}），稍后再试即可接着做。Another night is running; try again later, it goes on where it stopped.")
    except KeyboardInterrupt:
        _interrupted(home)
    _finish(home, seconds)


def _counties(county: list[str] | None) -> frozenset[str]:
    if wrong := [c for c in county or [] if not (c.isdecimal() and len(c) == 6)]:
        raise typer.BadParameter(f"区划代码应为 6 位数字。County codes have 6 digits: {', '.join(wrong)}")
    return frozenset(county or ())


def _receipt(as_of: str | None, home: Home) -> str | None:
    """Return the receipt date asked for; time does not run backwards, so one before the last receipt is wrong usage."""
    import datetime as dt

    from extract.landing import Ledger

    if not as_of:
        return None
    try:
        day = dt.datetime.fromisoformat(as_of).date()
    except ValueError:
        raise typer.BadParameter(f"日期应写作 2025-06-30。Dates are written 2025-06-30, not {as_of!r}.") from None
    last = max((event.at[:10] for event in Ledger(home.store).events() if event.event == "received"), default="")
    if day.isoformat() < last:
        raise typer.BadParameter(f"{day} 早于最近一次收到文件的日期 {last}：收到文件的先后以台账为准，不能倒填。Files were last received on {last}; a night cannot be dated before that. 请用 {last} 或更晚的日期，或不写 --as-of。Use that day or a later one, or leave --as-of out.")
    return as_of


@app.command()
def template(
    source: Annotated[str, typer.Argument(help="What is reported: finance, monitoring, hr, enrolment, rooms, classes, survey, attestation, reviews …; all: every source.")],
    year: Annotated[int, typer.Option(help="The source's own year.")],
    county: Annotated[str, typer.Option(help="County code, 6 digits.")],
    target: Annotated[Path, typer.Option(help="Folder to write into; for all, a folder per source in it.")] = Path(),
) -> None:
    """Write an .xlsx to fill in for each form of a source; dropped back into landing/, it is accepted as it is.

    The ledger of remediation goes out with every open gap of the county in it, tables of one line a school with its schools.
    """
    from extract.forms import sources
    from junheng.template import write_templates

    home = Home.from_environment()
    if source != "all" and source not in sources():
        raise typer.BadParameter(f"没有这个来源 no such source: {source}（{'、'.join(sources())}、all）")
    # What the project itself ships is no office's to fill in.
    for wanted in [name for name in sources() if name != "published"] if source == "all" else [source]:
        try:
            written = write_templates(target / wanted if source == "all" else target, wanted, year, county, home.warehouse)
        except ValueError:
            raise typer.BadParameter(f"{wanted} 没有 {year} 年按行填报的表。{wanted} has no table to fill in for {year}.") from None
        for path in written:
            _out.print(f"已写入 written: {path}", markup=False, highlight=False)
        _out.print(f"填好后放入 drop the filled files into: {home.landing / wanted / str(year) / county}/", markup=False, highlight=False)


@app.command()
def docs() -> None:
    """Write the data dictionary (every mart and column, how they hang together) as one offline page."""
    from junheng import night

    home = Home.from_environment().make()
    _out.print(f"数据字典 data dictionary: {night.write_docs(home)}")


@app.command()
def export(
    county: Annotated[str, typer.Option(help="County code, 6 digits.")],
    target: Annotated[Path, typer.Option(help="Folder to write into.")],
    csv: Annotated[bool, typer.Option("--csv", help="Also every mart as .csv, for Excel.")] = False,
) -> None:
    """Cut one county out of the published warehouse: files have no row security of their own, so hand out this."""
    from publish import export as exporting

    home = Home.from_environment()
    _need_warehouse(home)
    rows = exporting.export(home.warehouse, county, target, csv)
    if not rows:
        _errors.print(f"没有 {county} 的数据。Nothing of {county} in the warehouse.", markup=False)
        raise typer.Exit(USAGE)
    _out.print(f"已写入 {rows:,} 行 rows written: {target}", markup=False)


@app.command()
def dashboards(
    uri: Annotated[str, typer.Option(help="Where Superset finds the marts, without a password: postgresql+psycopg2://login@host/database")],
    target: Annotated[Path, typer.Option(help="The bundle to write.")] = Path("junheng-dashboards.zip"),
) -> None:
    """Write the dashboards as a bundle that Superset imports."""
    from publish.superset import bundle

    boards = bundle.write(target, uri)
    _out.print(f"{target}（{boards} dashboards）", soft_wrap=True, highlight=False)


@app.command()
def bi() -> None:
    """Show the dashboards on this machine: Superset on the published marts (`make bi` installs it first)."""
    from junheng import bi as dashboards_here

    home = Home.from_environment()
    _need_warehouse(home)
    try:
        dashboards_here.run(home, _out.print)
    except KeyboardInterrupt:
        _out.print("")


@app.command()
def withdraw(
    files: Annotated[list[str], typer.Argument(help="Paths as delivered (census/2024/640104/x.xlsx), or the first 8 or more characters of their sha256. Several at once are one act.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")],
    undo: Annotated[bool, typer.Option("--undo", help="Take the withdrawal back: the files count again.")] = False,
) -> None:
    """Record that delivered files no longer count. The next refresh leaves them out; --undo takes it back."""
    from extract import landing
    from junheng.night import NightBusy, Selection, one_writer

    home = Home.from_environment().make()
    try:
        with one_writer(home):
            events = (landing.restore if undo else landing.withdraw)(home.store, files, Selection().at(), reason)
    except NightBusy as busy:
        _fail(f"刷新正在运行（{busy}），稍后再试。A night is running; try again later.")
    except landing.NoSuchContent as error:
        for line in _which(home, error, undo):
            _errors.print(line, markup=False, highlight=False)
        raise typer.Exit(USAGE) from None
    for event in events:
        done = "已恢复 restored" if undo else "已撤回 withdrawn"
        _out.print(f"{done}: {event.path} ({event.file_sha256[:12]}…)，运行 junheng refresh 后生效。", markup=False)


def _which(home: Home, error: object, undo: bool) -> list[str]:
    """Tell which contents a path had, what became of each, and how to name the one that is meant."""
    from publish import summary

    if not error.candidates:
        what = ("没有已撤回的文件", "Nothing that was withdrawn") if undo else ("没有收到过的文件", "Nothing delivered that still counts")
        lines = [f"{what[0]}与之对应，什么也没有做：{error.file}。{what[1]} matches {error.file}; nothing was done."]
        where = "junheng status 列出已撤回的文件 lists what is withdrawn" if undo else "收到过的文件见发布库的表 marts.mart_file_outcome（列 path），或在 landing 里看 delivered files: the paths of marts.mart_file_outcome"
        return [*lines, *([f"  是不是 did you mean {path}" for path in error.near] or [f"  {where}"])]
    status = summary.status_of_contents(home.warehouse) if home.warehouse.exists() else {}
    lines = [f"{error.file} 先后收到 {len(error.candidates)} 份不同内容，请用校验值开头的几位指明，什么也没有做。Several contents came under this name; name one by its sha256. Nothing was done."]
    for event in error.candidates:
        what = status.get(event.file_sha256, "")
        lines.append(f"  {event.file_sha256[:12]}  {event.at[:10]} 收到 received  {what}\n    junheng withdraw {event.file_sha256[:12]} --reason …{' --undo' if undo else ''}")
    return lines


@app.command()
def synthetic(
    target: Annotated[Path, typer.Argument(help="A landing folder to write into.")],
    county: Annotated[str, typer.Option(help="Code of the county, 6 digits; with --counties, codes are made up.")] = "649901",
    counties: Annotated[int, typer.Option(min=1, max=9000, help="Number of counties, over all provinces.")] = 1,
    schools: Annotated[int, typer.Option(min=1, help="Number of schools in all.")] = 24,
    years: Annotated[str, typer.Option(help="Census years: 2022-2025.")] = "2022-2025",
    form: Annotated[str, typer.Option(help="workbook (one per school), list (one .xlsx per county), csv, or mixed (lists, half of them .csv).")] = "workbook",
    dirt: Annotated[float, typer.Option(min=0, max=1, help="Share of files with something wrong; what each must lead to is written beside the landing folder.")] = 0.0,
    sources: Annotated[str, typer.Option(help="census, or all: finance, registers, monitoring, surveys and attestations as well.")] = "census",
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
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
        task = bar.add_task("合成 synthetic", total=len(made))
        processes = min(len(made), os.cpu_count() or 1)
        written = making.write_nation(target, made, sorted(years_of(years)), seed, processes, lambda n: bar.advance(task, n), dirt, sources == "all")
    _out.print(f"已写入 {len(written)} 个合成数据文件 synthetic files: {target}")
    if dirt:
        expected = target.with_name(f"{target.name}.expected.csv")
        making.write_expected(expected, written)
        _out.print(f"各问题文件应有的结果 what each file with dirt must lead to: {expected}")


@access.command("setup")
def access_setup() -> None:
    """Create the roles junheng_loader and junheng_reader and the bindings (as an administrator, once)."""
    from publish import access as binding

    with _server() as server:
        binding.set_up(server)
    _out.print("角色 junheng_loader、junheng_reader 与绑定表已就绪，口令请由管理员设定。Roles and bindings are ready; set the passwords yourself.")


@access.command("grant")
def access_grant(login: _Login, county: _CountyOption = None, city: _CityOption = None, everything: _AllOption = False) -> None:
    """Let a login see a county, a city's counties, or all."""
    from publish import access as binding

    scope, code = _scope(county, city, everything)
    with _server() as server:
        try:
            binding.grant(server, login, scope, code)
        except LookupError:
            _errors.print(f"服务器上没有登录名 {login}，请先由管理员建立。No such login: create it first.", markup=False)
            raise typer.Exit(USAGE) from None
    _out.print(f"{login} 可见 may see: {scope} {code}", markup=False)


@access.command("revoke")
def access_revoke(login: _Login, county: _CountyOption = None, city: _CityOption = None, everything: _AllOption = False) -> None:
    """Take a binding back."""
    from publish import access as binding

    scope, code = _scope(county, city, everything)
    with _server() as server:
        if not binding.revoke(server, login, scope, code):
            _errors.print(f"没有这条绑定 no such binding: {login} {scope} {code}", markup=False)
            raise typer.Exit(USAGE)
    _out.print(f"{login} 不再可见 may no longer see: {scope} {code}", markup=False)


@access.command("list")
def access_list() -> None:
    """Show every binding."""
    from publish import access as binding

    with _server() as server:
        for login, scope, code, at, by in binding.bindings(server):
            _out.print(f"{login}\t{scope}\t{code}\t{at:%Y-%m-%d}\t{by}", markup=False, highlight=False)


def _server() -> object:
    import os

    import psycopg

    if not (uri := os.environ.get("JUNHENG_POSTGRES")):
        raise typer.BadParameter("请设置 JUNHENG_POSTGRES=postgresql://用户@主机/数据库。Set JUNHENG_POSTGRES=postgresql://user@host/database.")
    return psycopg.connect(uri, autocommit=True)


def _scope(county: str | None, city: str | None, everything: bool) -> tuple[str, str]:
    given = [(s, c) for s, c in (("county", county), ("city", city), ("all", "" if everything else None)) if c is not None]
    if len(given) != 1:
        raise typer.BadParameter("--county、--city、--all 三者取一。Give one of --county, --city, --all.")
    if wrong := [c for s, c in given if s != "all" and not (c.isdecimal() and len(c) == 6)]:
        raise typer.BadParameter(f"区划代码应为 6 位数字。Codes have 6 digits: {wrong[0]}")
    return given[0]


def _need_warehouse(home: Home) -> None:
    if not home.warehouse.exists():
        _fail(f"还没有发布的数据（{home.warehouse}）。请先运行 junheng refresh。Nothing published yet: run junheng refresh first.")


def _fail(message: str) -> None:
    _errors.print(message, style="red", markup=False)
    sys.exit(FAILED)


def main() -> None:
    """Run the command line; whatever goes wrong is said in a line, and kept whole under ``logs/``."""
    import traceback

    try:
        app()
    except Exception as error:
        from junheng.night import record_failure

        details = record_failure(Home.from_environment(), traceback.format_exc())
        _fail(f"失败：{error}\n已发布的数据未受影响，详情见 {details}。Failed; the last published warehouse still stands.")
