"""Where targets, gaps and groups of a county stand and what moved, as known on a day: in brief for the screen, or
whole.
"""

import datetime as dt
from collections.abc import Sequence

import duckdb
from rich.console import Console
from rich.markup import escape

from publish import words
from publish.answers import Asks
from publish.language import say
from publish.progress.city import show_city
from publish.progress.groups import show_groups
from publish.progress.ledger import show_ledger
from publish.progress.moved import Night, last_nights, local_day, show_last_night, show_last_year
from publish.progress.targets import show_printed, show_recognition, show_targets

_NOW = dt.date(9999, 12, 30)


def nights(connection: Asks, counties: Sequence[str]) -> dict[str, Night]:
    """Return county → what its last night changed, by all that is known."""
    return last_nights(connection, counties, _NOW)


def show_brief(connection: Asks, console: Console, county: str, as_of: dt.date, night: Night) -> None:
    """Print what changed since last night and last year, and which targets are behind."""
    show_last_night(connection, console, county, _NOW, night)
    show_last_year(connection, console, county, _NOW, as_of)
    show_targets(connection, console, county, _NOW, as_of, ("behind", "missed"))


def show(connection: duckdb.DuckDBPyConnection, console: Console, code: str, known_on: dt.date, as_of: dt.date) -> bool:
    """Print all of a county's progress, or how a city's counties stand, as known on a day, told for the day ``as_of``.

    Returns:
        Whether anything was known.
    """
    known = connection.execute(
        "select max(known_at) from marts.dim_belief where known_at < cast(? as timestamp) + interval 1 day", [known_on]
    ).fetchall()[0][0]
    name = connection.execute(
        "select name_zh from marts.dim_county where county_code = $1 union all select distinct city_zh from "
        "marts.dim_county where city_code = $1",
        [code],
    ).fetchall()
    if known is None or not name:
        return False
    known_day = local_day(known) if known_on == _NOW else known_on
    console.print(
        f"[bold]{escape(name[0][0])} {code}[/] · "
        + say(
            f"截至 {known_day} 收到的文件 · 按 {as_of} 计算期限",
            f"by the files received until {known_day} · due dates as of {as_of}",
        )
    )
    if not connection.execute("select 1 from marts.dim_county where county_code = ?", [code]).fetchall():
        show_city(connection, console, code, known_on, as_of)
        return True
    show_recognition(connection, console, code)
    show_last_night(connection, console, code, known_on, last_nights(connection, [code], known_on)[code])
    show_last_year(connection, console, code, known_on, as_of)
    show_targets(connection, console, code, known_on, as_of, tuple(words.TARGET_STATUSES))
    show_ledger(connection, console, code, known_on, as_of)
    show_groups(connection, console, code, known_on, as_of)
    show_printed(connection, console, code)
    return True
