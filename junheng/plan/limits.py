"""What an office allows a plan: its own list of limits and prices, and what the command adds to them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from junheng.plan.problem import Goal, Limit, Limits
from publish.language import say
from publish.words import code_list

_DELIVERED = "select limit_name, limit_value from intermediate.int_plan_limits where county_code = ?"
_YES = "是"
_STAGES = ("primary", "junior")
GOALS, NAMES = code_list("plan_goal"), code_list("plan_limit")


def delivered(connection: duckdb.DuckDBPyConnection, county: str) -> Limits:
    """Return the limits that a county's office has delivered; posts and money are of one year, an order may be absent.

    Raises:
        ValueError: the order names something that cannot be least.
    """
    found: Mapping[str, str] = dict(connection.execute(_DELIVERED, [county]).fetchall())
    posts, budget = found.get(Limit.POSTS), found.get(Limit.BUDGET)
    return Limits(
        no_transfers=found.get(Limit.NO_TRANSFERS) == _YES,
        within_groups=found.get(Limit.WITHIN_GROUPS) == _YES,
        posts=int(float(posts)) if posts else None,
        budget_yuan=float(budget) if budget else None,
        order=order_of(found["order"]) if "order" in found else (),
    )


def order_of(text: str) -> tuple[Goal, ...]:
    """Return what is least first, second …, as a list of limits has it: 聘任、调动、经费.

    Raises:
        ValueError: a word is none of those, or stands twice.
    """
    words = [word.strip() for word in text.replace("、", ",").replace("，", ",").split(",") if word.strip()]
    goals = [next((Goal(code) for code, names in GOALS.items() if word in (code, *names)), None) for word in words]
    known = [goal for goal in goals if goal]
    if len(known) != len(words) or len(set(known)) != len(known) or not known:
        right = say("、", ", ").join(say(*names) for names in GOALS.values())
        raise ValueError(
            say(f"先后次序“{text}”应由这些词组成，各用一次：{right}。", f"order {text!r}: of {right}, each once.")
        )
    return tuple(known)


def agreeing(limits: Limits) -> Limits:
    """Return the limits, if they do not contradict each other.

    Raises:
        ValueError: they do, or one of them is no limit.
    """
    if limits.no_transfers and limits.within_groups:
        raise ValueError(
            say(
                "“不调动教师”与“只在集团内调动”不能同时要求。",
                "No transfers, and transfers inside groups: one of the two.",
            )
        )
    for name, value in ((Limit.POSTS, limits.posts), (Limit.BUDGET, limits.budget_yuan)):
        if value is not None and not 0 <= value < 1e15:
            raise ValueError(say(f"{NAMES[name][0]}不能是 {value:g}。", f"{NAMES[name][1]}: can't be {value:g}."))
    return limits


def require_prices(limits: Limits) -> None:
    """Ask for the prices without which money cannot be limited, or be least.

    Raises:
        ValueError: some are missing; says which.
    """
    if limits.budget_yuan is None and Goal.MONEY not in limits.order:
        return
    missing = [code for code in ("R4", "R5", "R7") if not any((code, stage) in limits.prices for stage in _STAGES)]
    if missing:
        codes = say("、", ", ").join(missing)
        raise ValueError(
            say(
                f"要限制或最省经费，须有 {codes} 的单价：填“缺口单价表”（junheng template prices），或用 --prices。",
                f"Money can be limited or least with prices of {codes}: junheng template prices, or --prices FILE.",
            )
        )


def with_prices(limits: Limits, prices: Mapping[tuple[str, str], float]) -> Limits:
    """Return the limits with prices, of which these stand before those there are."""
    return replace(limits, prices={**limits.prices, **prices})


def read_prices(file: Path, year: int, county: str) -> dict[tuple[str, str], float]:
    """Return (indicator, stage) → yuan a unit of a file in the form of the office's price list.

    Raises:
        OSError: it cannot be opened.
        ValueError: it is refused, or a line of it would be set aside; says why.
    """
    from extract.reading.parsed_file import read_file
    from junheng.check_file import check_file

    content = file.read_bytes()
    is_accepted, lines = check_file(file, "prices", None, county)
    if not is_accepted:
        raise ValueError("\n".join(lines))
    rows = read_file(content, "prices", _stated_year(content) or year, b"").parsed.tables("prices")["lines"].to_pylist()
    found = {}
    for row in rows:
        if row["kind"] != "data":
            continue
        first, last = row["all.price_from_year"] or 0, row["all.price_to_year"] or 9999
        price = row["all.price_yuan"]
        if not price or price <= 0:
            raise ValueError(
                say(
                    f"{file.name} 第 {row['row']} 行：{row['all.gap_indicator']} 的单价缺失或不大于 0。",
                    f"{file.name}, line {row['row']}: no price of {row['all.gap_indicator']}, or none above 0.",
                )
            )
        if first <= year <= last:
            for stage in [row["all.school_stage"]] if row["all.school_stage"] in _STAGES else _STAGES:
                found[str(row["all.gap_indicator"]).upper(), stage] = float(price)
    return found


def _stated_year(content: bytes) -> int | None:
    from extract.reading.parsed_file import stated_year
    from extract.reading.readers import open_grids

    return stated_year([line for grid in open_grids(content) for line in grid.cells[:8]])[0]
