"""The command that searches for the least that would do: plan."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from junheng.cli.app import (
    COUNTY_NAME,
    FAILED,
    USAGE,
    app,
    chinese,
    complain,
    need_current_run,
    need_warehouse,
    out,
    print_json,
    tell,
    words,
)
from junheng.cli.arguments import county_code
from junheng.home import Home
from publish.language import say

if TYPE_CHECKING:
    from junheng.plan.making import Order, Plan

_TARGET = 2027
_MOST_YEARS = 6  # ahead: a school's grades, all of whose pupils then are not there yet


@app.command(
    help=chinese("最小方案：最少聘任、调动多少教师，添多少教室、面积、设备，每所学校、每个差异系数才都达标；带证明。"),
    epilog=words(
        "例：junheng plan --county 惠农区；junheng plan --county 640205 --posts 5 --budget 2000000 --prices 单价.xlsx",
        "Examples: junheng plan --county 640205 · junheng plan --county 640205 --posts 5 --no-transfers",
    ),
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
        int | None,
        typer.Option(
            help=words("公办学校每年最多聘任多少人。", "At most so many hires a year, at public schools."), min=0
        ),
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help=words("每年最多花多少元。", "At most so many yuan a year."), min=0)
    ] = None,
    seconds: Annotated[
        float, typer.Option(help=words("每种情形最多算多少秒。", "Search at most so long, each scenario."), min=1)
    ] = 120,
    every_county: Annotated[
        bool,
        typer.Option(
            "--all", help=words("每个有普查的县区；中断后再运行即接着算。", "Every county with a census; resumed.")
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON.")] = False,
) -> None:
    """Search for the least set of transfers, hires, rooms, area and equipment with which a county passes."""
    import duckdb

    home = Home.from_environment()
    need_warehouse(home)
    run = need_current_run(home)
    asked = _Asked(target_year, prices, no_transfers, within_groups, posts, budget, seconds)
    if not every_county:
        code = county_code(home, county)
        if any(one.answer.status != "optimal" for one in _plan(home, run, code, asked, as_json)):
            raise typer.Exit(FAILED)
        return
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        codes = connection.execute(
            "select distinct county_code from marts.mart_school_compliance order by 1"
        ).fetchall()
    _plan_all(home, run, [code for (code,) in codes], asked)


@dataclass(frozen=True)
class _Asked:
    """What the command was asked for, of whichever county."""

    target_year: int
    prices: Path | None
    no_transfers: bool
    within_groups: bool
    posts: int | None
    budget: float | None
    seconds: float


def _plan_all(home: Home, run: Path, codes: list[str], asked: _Asked) -> None:
    """Plan for every county, one after the other; what an interrupted command has planned is not planned again."""
    from junheng.plan import keeping
    from publish.words import PLAN_STATUSES

    made_of = f"{run.name} {asked}"
    waiting = [code for code in codes if not keeping.is_made_of(home, code, made_of)]
    failed = []
    for number, code in enumerate(waiting, len(codes) - len(waiting) + 1):
        try:
            plans = _plan(home, run, code, asked, as_json=False, is_quiet=True)
        except typer.Exit:
            failed.append(code)
            continue
        keeping.mark(home, code, made_of)
        statuses = say("、", ", ").join(say(*PLAN_STATUSES[one.answer.status]) for one in plans)
        tell(f"{number}/{len(codes)} {code} {statuses}")
    if failed:
        complain(say(f"这些县区没有方案：{'、'.join(failed)}", f"No plan of these counties: {', '.join(failed)}"))
        raise typer.Exit(FAILED)


def _plan(home: Home, run: Path, code: str, asked: _Asked, as_json: bool, is_quiet: bool = False) -> "list[Plan]":
    """Make, keep and show the plans of one county."""
    import tempfile

    from junheng.plan import keeping, report
    from junheng.plan.making import PlanFails, make

    def progress(line: str) -> None:
        if not as_json and not is_quiet:
            tell(line, "dim")

    with tempfile.TemporaryDirectory(prefix="junheng-plan-") as folder:
        try:
            plans = make(home, run, _order(home, code, asked), Path(folder), progress)
        except ValueError as error:
            _wrong(str(error))
        except PlanFails as error:
            complain(str(error))
            raise typer.Exit(FAILED) from None
    file = keeping.keep(home, code, plans, dt.date.today().isoformat())
    if as_json:
        print_json([report.as_data(one) for one in plans])
    elif not is_quiet:
        report.show(plans, out)
        tell(
            say(
                f"方案已保存：{file}；下次 junheng refresh 后见页面、mart_plan 和 mart_plan_step。",
                f"Kept: {file}; after the next junheng refresh on the page, in mart_plan and mart_plan_step.",
            )
        )
    return plans


def _order(home: Home, code: str, asked: _Asked) -> "Order":
    """Return what is asked for of a county: by its census, its office's limits, and what the command adds.

    Raises:
        ValueError: the county has no census, or what is asked for contradicts itself.
    """
    import duckdb

    from junheng.plan import limits
    from junheng.plan.making import Order

    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        ((year,),) = connection.execute(
            "select max(census_year) from marts.mart_school_compliance where county_code = ?", [code]
        ).fetchall()
        if year is None:
            raise ValueError(
                say(f"{code} 没有普查数据，无法编制方案。", f"{code} has no census: there is nothing to plan from.")
            )
        first, last = year + 1, year + _MOST_YEARS
        if not first <= asked.target_year <= last:
            raise ValueError(
                say(
                    f"目标年应在 {first} 到 {last} 之间（普查是 {year} 年的），不是 {asked.target_year}。",
                    f"Target years: {first} to {last} (the census is of {year}), not {asked.target_year}.",
                )
            )
        allowed = limits.delivered(connection, code)
    allowed = replace(
        allowed,
        no_transfers=allowed.no_transfers or asked.no_transfers,
        within_groups=allowed.within_groups or asked.within_groups,
        posts=allowed.posts if asked.posts is None else asked.posts,
        budget_yuan=allowed.budget_yuan if asked.budget is None else asked.budget,
    )
    limits.agreeing(allowed)
    if asked.prices:
        try:
            allowed = limits.with_prices(allowed, limits.read_prices(asked.prices, asked.target_year, code))
        except OSError:
            raise ValueError(
                say(f"打不开单价文件 {asked.prices}。", f"The prices {asked.prices} can't be opened.")
            ) from None
    return Order(code, year, asked.target_year, allowed, asked.seconds)


def _wrong(text: str) -> NoReturn:
    complain(text)
    raise typer.Exit(USAGE)
