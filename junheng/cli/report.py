"""Commands that read the published warehouse: status, explain, progress."""

from typing import Annotated

import typer
from rich.text import Text

from junheng.cli.app import (
    COUNTY_NAME,
    USAGE,
    app,
    by_step,
    chinese,
    complain,
    need_warehouse,
    out,
    print_json,
    words,
)
from junheng.cli.arguments import county_code, day_of
from junheng.home import Home
from publish.language import say
from publish.screen import folding, table


@app.command(
    help=chinese("看现在发布的数据、拒收了什么、接下来做什么。"),
    epilog=words("例：junheng status；junheng status --history", "Example: junheng status · junheng status --history"),
)
def status(
    history: Annotated[
        bool,
        typer.Option(
            "--history",
            help=words(
                "改为列出历次刷新：何时、用时、拒收多少。",
                "All nights instead: when each ended, its seconds, what it refused.",
            ),
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON.")] = False,
) -> None:
    """Show what is published: what is refused, where counties stand, what to do next."""
    from publish import facts, summary

    home = Home.from_environment()
    if history:
        _show_nights(home, as_json)
        return
    need_warehouse(home)
    if as_json:
        print_json(facts.as_facts(home.warehouse))
    else:
        summary.show(home.warehouse, home.landing, out)


def _show_nights(home: Home, as_json: bool) -> None:
    import datetime as dt
    from dataclasses import asdict

    from junheng import run_log

    nights = run_log.read(home)
    if as_json:
        print_json([asdict(night) for night in nights])
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
        seconds = f"{sum(night.seconds.values()):.1f} ({by_step(night.seconds)})" if night.seconds else "-"
        grid.add_row(
            f"{ended:%Y-%m-%d %H:%M}", seconds, str(night.refused), str(night.set_aside), Text(night.failure.strip())
        )
    out.print(grid)


@app.command(
    help=chinese("解释一所学校、一个县区或一项指标：为什么、差什么、最少做什么。"),
    epilog=words(
        "例：junheng explain 惠农区；junheng explain 某某小学；junheng explain 某某学校 小学 骨干教师；junheng "
        "explain 惠农区 班额 2024",
        "Examples: junheng explain 640205 · junheng explain <school> · junheng explain <school> primary R2 2024 · "
        "junheng explain 640205 G5",
    ),
)
def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help=words(
                "县区、学校（名称、名称的一部分或代码）、小学/初中、年份、指标（名称或代码），次序不限。",
                "County, school (name, part of it, or code), primary/junior, year, indicator (name or code), in "
                "any order.",
            )
        ),
    ] = None,
    county: Annotated[str | None, typer.Option(help=COUNTY_NAME)] = None,
    assessment_year: Annotated[
        int | None,
        typer.Option(
            help=words(
                "哪一年的评估（用上一年秋的普查）。",
                "The assessment of this year (it uses the census of the autumn before).",
            )
        ),
    ] = None,
    school: Annotated[
        str | None,
        typer.Option(
            help=words("学校：名称、名称的一部分或 10 位标识码。", "School: name, part of it, or code of 10 digits.")
        ),
    ] = None,
    stage: Annotated[str | None, typer.Option(help=words("小学或初中。", "primary or junior."))] = None,
    year: Annotated[
        int | None, typer.Option(help=words("普查年份；默认最近一年。", "Census year; default: the latest."))
    ] = None,
    indicator: Annotated[
        str | None,
        typer.Option(
            help=words(
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
    need_warehouse(home)
    try:
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            asked = understand(connection, words or [], said, assessment_year - 1 if assessment_year else year)
    except Unclear as unclear:
        complain(str(unclear))
        raise typer.Exit(USAGE) from None
    explanations = explaining.explain(home.warehouse, asked)
    if not explanations:
        what = " ".join(
            str(part) for part in (asked.county, asked.school, asked.stage, asked.year, asked.indicator) if part
        )
        complain(
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
        explanation.show(out)


@app.command(
    help=chinese("看目标、整改台账、教育集团和变化；写市名则列出所辖县区。"),
    epilog=words(
        "例：junheng progress 惠农区；junheng progress 惠农区 --as-known-on city_review-2025",
        "Example: junheng progress 640205 · junheng progress 640205 --as-known-on city_review-2025",
    ),
)
def progress(
    name: Annotated[
        str | None,
        typer.Argument(
            help=words("县区或市：名称或 6 位代码。", "County or city: name, or code of 6 digits."),
            show_default=False,
        ),
    ] = None,
    county: Annotated[str | None, typer.Option(help=words("同上。", "The same."))] = None,
    as_known_on: Annotated[
        str | None,
        typer.Option(
            help=words(
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
            help=words("按这一天判断超期与未达到；默认今天。", "Tell overdue and missed for this day; default today.")
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
    need_warehouse(home)
    code = county_code(home, name or county, with_cities=True)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        known_on = day_of(connection, as_known_on) if as_known_on else dt.date(9999, 12, 30)
        told_for = day_of(connection, as_of) if as_of else dt.date.today()
        if not showing.show(connection, out, code, known_on, told_for):
            complain(say(f"没有 {code} 在该日之前的数据。", f"Nothing was known of {code} on that day."))
            raise typer.Exit(USAGE)
