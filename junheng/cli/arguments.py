"""What people write as arguments: years, dates, codes and names of counties."""

import datetime as dt
from typing import TYPE_CHECKING

import typer

from extract.common.identifiers import is_county_code
from junheng.home import Home
from publish.language import say

if TYPE_CHECKING:
    import duckdb


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
            raise typer.BadParameter(
                say(
                    f"年份应写作 2022-2025 或 2024，不是“{text}”。",
                    f"Years are written 2022-2025 or 2024, not {text!r}.",
                )
            )
        years |= set(range(int(ends[0]), int(ends[-1]) + 1))
    return frozenset(years)


def county_codes(counties: list[str] | None) -> frozenset[str]:
    """Return codes of counties, as they are.

    Raises:
        typer.BadParameter: one is no code.
    """
    if wrong := [c for c in counties or [] if not is_county_code(c)]:
        raise typer.BadParameter(
            say(
                f"区划代码应为 6 位数字，不是 {'、'.join(wrong)}。",
                f"County codes have 6 digits, not {', '.join(wrong)}.",
            )
        )
    return frozenset(counties or ())


def county_code(home: Home, text: str | None, with_cities: bool = False) -> str:
    """Return a county's code by its code or name; a city's too, if wanted.

    Raises:
        typer.BadParameter: nothing is called so, or no county was named.
    """
    if not text:
        raise typer.BadParameter(
            say("请写明县区：6 位区划代码或名称。", "Name the county: its code of 6 digits, or its name.")
        )
    if is_county_code(text):
        return text
    if home.warehouse.exists():
        import duckdb

        from junheng.explain.names import Unclear
        from junheng.explain.names import county_code as find

        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            try:
                return find(connection, text, with_cities)
            except Unclear as unclear:
                raise typer.BadParameter(str(unclear)) from None
    from extract.common.seeds import seed

    known = {row["name_zh"]: row["county_code"] for row in seed("counties")}
    if text not in known:
        raise typer.BadParameter(
            say(
                f"没有叫“{text}”的县区，请写 6 位区划代码。",
                f"No county is called {text!r}; give its code of 6 digits.",
            )
        )
    return known[text]


def day_of(connection: "duckdb.DuckDBPyConnection", text: str) -> dt.date:
    """Return a date, or the end of an assessment's period by its name and year.

    Raises:
        typer.BadParameter: neither.
    """
    name, _, year = text.rpartition("-")
    named = connection.execute(
        "select years_after, month, day from seeds.assessment_dates where assessment_date = ?", [name]
    ).fetchall()
    try:
        if named:
            after, month, day = named[0]
            return dt.date(int(year) + after, month, day)
        return dt.date.fromisoformat(text)
    except ValueError:
        names = ", ".join(
            f"{n}-2025"
            for (n,) in connection.execute(
                "select assessment_date from seeds.assessment_dates order by years_after, month"
            ).fetchall()
        )
        raise typer.BadParameter(
            say(
                f"日期应写作 2025-06-30 或 {names}，不是“{text}”。",
                f"Dates are written 2025-06-30, or {names}; not {text!r}.",
            )
        ) from None


def receipt_of(as_of: str | None, home: Home) -> str | None:
    """Return the receipt date asked for; time does not run backwards, so one before the last receipt is wrong usage.

    Raises:
        typer.BadParameter: no date, or one before files were last received.
    """
    from extract.landing.ledger import Ledger

    if not as_of:
        return None
    try:
        day = dt.datetime.fromisoformat(as_of).date()
    except ValueError:
        raise typer.BadParameter(
            say(f"日期应写作 2025-06-30，不是“{as_of}”。", f"Dates are written 2025-06-30, not {as_of!r}.")
        ) from None
    last = max((event.at[:10] for event in Ledger(home.store).events() if event.event == "received"), default="")
    if day.isoformat() < last:
        raise typer.BadParameter(
            say(
                f"{day} 早于最近一次收到文件的日期 {last}：收到文件的先后以台账为准，不能倒填。请用 {last} "
                "或更晚的日期，或不写 --as-of。",
                f"Files were last received on {last}; a night cannot be dated before that. Use that day or a "
                "later one, or leave --as-of out.",
            )
        )
    return as_of
