"""Commands that run, or look at how runs went: refresh, backfill, watch, docs."""

from typing import TYPE_CHECKING, Annotated

import typer

from junheng.cli.app import (
    INTERRUPTED,
    REFUSED,
    AsOf,
    app,
    by_step,
    chinese,
    complain,
    fail,
    out,
    tell,
    words,
)
from junheng.cli.arguments import county_codes, receipt_of, years_of
from junheng.home import Home
from junheng.run_log import LATE_AFTER_HOURS
from publish.language import say

if TYPE_CHECKING:
    from publish.answers import Answers


@app.command(help=chinese("刷新：接收、读取、校验、计算、发布。"))
def refresh(
    county: Annotated[
        list[str] | None,
        typer.Option(
            help=words(
                "只收这个县区的文件夹（6 位代码，可重复）。", "Only this county's drop folders (6 digits; repeatable)."
            )
        ),
    ] = None,
    years: Annotated[
        str | None,
        typer.Option(help=words("只收这些年份的文件夹：2022-2025。", "Only these years' drop folders: 2022-2025.")),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help=words("全部文件重新读取。", "Read every file again."))] = False,
    as_of: AsOf = None,
) -> None:
    """Run the night: receive, extract, validate, transform, publish."""
    from junheng.pipeline import run_all
    from junheng.selection import Selection
    from junheng.writer_lock import HomeBusy

    home = Home.from_environment().make()
    selection = Selection(county_codes(county), years_of(years), full, receipt_of(as_of, home))
    try:
        run = run_all(home, selection, tell)
    except HomeBusy as busy:
        fail(
            say(
                f"另一个刷新正在运行（{busy}），本次没有开始。",
                f"Another night is running ({busy}); this one did not start.",
            )
        )
    except KeyboardInterrupt:
        _interrupted(home)
    _finish(home, run.timing.seconds, run.answers)


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
    complain(
        "\n"
        + say(
            f"已中断：收到的文件已经登记，{stands[0]}；再运行一次即接着做。",
            f"Interrupted: what was received is on record, {stands[1]}; run again to go on.",
        ),
        "yellow",
    )
    raise typer.Exit(INTERRUPTED)


def _finish(home: Home, seconds: dict[str, float], answers: "Answers | None") -> None:
    from publish import facts, summary

    summary.show(home.warehouse, home.landing, out, answers)
    took = by_step(seconds)
    tell("\n" + say(f"用时（秒）：{took}；数据：{home.warehouse}", f"Seconds: {took}; data: {home.warehouse}"), "dim")
    if home.pages.exists():
        tell(say(f"页面（用浏览器打开）：{home.pages}", f"Pages, for a browser: {home.pages}"), "dim")
    refused, set_aside, _ = facts.count_problems(home.warehouse)
    if refused or set_aside:
        tell(
            say(
                f"已发布，但有 {refused} 个文件被拒收、{set_aside} 处数据被隔离，清单：{home.reports / 'problems.csv'}",
                f"Published, with {refused} files refused and {set_aside} values or rows set aside; the list: "
                f"{home.reports / 'problems.csv'}",
            ),
            "yellow",
        )
        raise typer.Exit(REFUSED)


@app.command(help=chinese("逐年补收以往年份，每年发布一次；中断后再运行即接着做。"))
def backfill(
    years: Annotated[
        str, typer.Option(help=words("文件夹的年份：2022-2025。", "Years of the drop folders: 2022-2025."))
    ],
    county: Annotated[
        list[str] | None,
        typer.Option(
            help=words(
                "只收这个县区的文件夹（6 位代码，可重复）。", "Only this county's drop folders (6 digits; repeatable)."
            )
        ),
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Take in past years one by one, each published before the next; begun again, it goes on where it stopped."""
    from junheng.pipeline import run_all
    from junheng.selection import Selection
    from junheng.writer_lock import HomeBusy

    home = Home.from_environment().make()
    wanted = sorted(years_of(years))
    counties = county_codes(county)
    receipt = receipt_of(as_of, home)
    seconds: dict[str, float] = {}
    try:
        for number, year in enumerate(wanted, 1):
            tell(
                say(f"{year}（第 {number} 年，共 {len(wanted)} 年）", f"{year} (year {number} of {len(wanted)})"),
                "bold",
            )
            run = run_all(home, Selection(counties, frozenset({year}), as_of=receipt), tell)
            seconds = {step: seconds.get(step, 0) + took for step, took in run.timing.seconds.items()}
    except HomeBusy as busy:
        fail(
            say(
                f"另一个刷新正在运行（{busy}），稍后再试即可接着做。",
                f"Another night is running ({busy}); try again later, it goes on where it stopped.",
            )
        )
    except KeyboardInterrupt:
        _interrupted(home)
    _finish(home, seconds, run.answers)


@app.command(
    help=chinese("刷新没有按时完成就通知相关的人，并以 1 结束。早上由 cron 或 Airflow 运行。"),
)
def watch(
    hours: Annotated[
        float,
        typer.Option(
            help=words("最近一次成功的刷新最多可以是几小时之前。", "How long ago the last good night may have ended.")
        ),
    ] = LATE_AFTER_HOURS,
) -> None:
    """Tell people, and end with 1, if the night is late or missing. Run it in the morning, from cron or Airflow."""
    from junheng import notices, run_log

    late = run_log.overdue(Home.from_environment(), hours)
    if late is None:
        return
    for problem in notices.send(say("夜间刷新未按时完成", "the night is late or missing"), late):
        complain(say(f"通知未送达：{problem}", f"Notice not delivered: {problem}"))
    fail(late)


@app.command(help=chinese("生成数据字典（每张表、每一列、来龙去脉），一个离线网页。"))
def docs() -> None:
    """Write the data dictionary (every mart and column, how they hang together) as one offline page."""
    from junheng.docs_page import write_docs

    home = Home.from_environment().make()
    page = write_docs(home)
    tell(say(f"数据字典：{page}", f"Data dictionary: {page}"))
