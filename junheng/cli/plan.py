"""The command that searches for the least that would do: plan."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from junheng.cli.app import (
    COUNTY_NAME,
    DAILY,
    FAILED,
    USAGE,
    app,
    chinese,
    complain,
    need_warehouse,
    out,
    print_json,
    tell,
    words,
)
from junheng.cli.arguments import county_code
from junheng.home import Home
from publish.language import say

_TARGET = 2027


@app.command(
    help=chinese("最小方案：最少聘任、调动多少教师，添多少教室、面积、设备，每所学校、每个差异系数才都达标；带证明。"),
    epilog=words(
        "例：junheng plan --county 惠农区；junheng plan --county 640205 --posts 5 --budget 2000000 --prices 单价.xlsx",
        "Examples: junheng plan --county 640205 · junheng plan --county 640205 --posts 5 --no-transfers",
    ),
    rich_help_panel=DAILY,
)
def plan(
    county: Annotated[str | None, typer.Option(help=COUNTY_NAME)] = None,
    target_year: Annotated[
        int, typer.Option(help=words("目标年：按这一年秋季的学生数。", "Pupils of this year's autumn."))
    ] = _TARGET,
    prices: Annotated[
        Path | None, typer.Option(help=words("单价文件，同“缺口单价表”。", "Prices, in the form of the price list."))
    ] = None,
    no_transfers: Annotated[
        bool, typer.Option("--no-transfers", help=words("不调动教师。", "No teacher is transferred."))
    ] = False,
    within_groups: Annotated[
        bool, typer.Option("--within-groups", help=words("只在集团内调动。", "Transfers inside groups only."))
    ] = False,
    posts: Annotated[
        int | None, typer.Option(help=words("每年最多聘任多少人。", "At most so many hires a year."), min=0)
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help=words("每年最多花多少元。", "At most so many yuan a year."), min=0)
    ] = None,
    seconds: Annotated[
        float, typer.Option(help=words("每种情形最多算多少秒。", "Search at most so long, each scenario."), min=1)
    ] = 120,
    as_json: Annotated[bool, typer.Option("--json", help="JSON.")] = False,
) -> None:
    """Search for the least set of transfers, hires, rooms, area and equipment with which a county passes."""
    import tempfile

    import duckdb

    from extract.landing.ledger import Ledger
    from junheng.plan import keeping, limits, report
    from junheng.plan.making import Order, PlanFails, make
    from junheng.run_plan import published_run, run_folder

    home = Home.from_environment()
    need_warehouse(home)
    code = county_code(home, county)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        ((year,),) = connection.execute(
            "select max(census_year) from marts.mart_school_compliance where county_code = ?", [code]
        ).fetchall()
        if year is None:
            _wrong(say(f"{code} 没有普查数据，无法编制方案。", f"{code} has no census: there is nothing to plan from."))
        if not year < target_year <= year + 6:
            _wrong(
                say(
                    f"目标年应在 {year + 1} 到 {year + 6} 之间（普查是 {year} 年的），不是 {target_year}。",
                    f"Target years: {year + 1} to {year + 6} (the census is of {year}), not {target_year}.",
                )
            )
        try:
            allowed = limits.delivered(connection, code)
            allowed = replace(
                allowed,
                no_transfers=allowed.no_transfers or no_transfers,
                within_groups=allowed.within_groups or within_groups,
                posts=allowed.posts if posts is None else posts,
                budget_yuan=allowed.budget_yuan if budget is None else budget,
            )
            limits.agreeing(allowed)
            if prices:
                allowed = limits.with_prices(allowed, limits.read_prices(prices, target_year, code))
        except OSError:
            _wrong(say(f"打不开单价文件 {prices}。", f"The prices {prices} can't be opened."))
        except ValueError as error:
            _wrong(str(error))
    run = published_run(home)
    if run is None or run.name != run_folder(home, Ledger(home.store).events()).name:  # or by other rules than today's
        _wrong(
            say(
                "已发布的数据要重新计算，先运行 junheng refresh。",
                "What is published is to be built anew: run junheng refresh.",
            )
        )
    order = Order(code, year, target_year, allowed, seconds)

    def progress(line: str) -> None:
        if not as_json:
            tell(line, "dim")

    with tempfile.TemporaryDirectory(prefix="junheng-plan-") as folder:
        try:
            plans = make(home, run, order, Path(folder), progress)
        except ValueError as error:
            _wrong(str(error))
        except PlanFails as error:
            complain(str(error))
            raise typer.Exit(FAILED) from None
    file = keeping.keep(home, code, plans, dt.date.today().isoformat())
    if as_json:
        print_json([report.as_data(one) for one in plans])
    else:
        report.show(plans, out)
        tell(
            say(
                f"方案已保存：{file}；下次 junheng refresh 后见页面、mart_plan 和 mart_plan_step。",
                f"Kept: {file}; after the next junheng refresh on the page, in mart_plan and mart_plan_step.",
            )
        )
    if any(one.answer.status != "optimal" for one in plans):
        raise typer.Exit(FAILED)


def _wrong(text: str) -> NoReturn:
    complain(text)
    raise typer.Exit(USAGE)
