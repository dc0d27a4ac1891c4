"""A county's ledger of gaps."""

import datetime as dt

import duckdb
from rich.console import Console
from rich.text import Text

from publish import words
from publish.language import language, say
from publish.screen import ROOMY, folding, table

_LINES = 10


def show_ledger(
    connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date
) -> None:
    """Print how many gaps have which status, and a line per gap, the open ones first."""
    rows = connection.execute(
        _LEDGER.format(language=language(), county=say("全县", "county"), grade=say("年级", " grade")),
        [known_on, as_of, county],
    ).fetchall()
    if not rows:
        return
    counts = {status: sum(row[-2] == status for row in rows) for status in words.GAP_STATUSES}
    parts = [f"{words.gap_status(status)} {count}" for status, count in counts.items() if count]
    console.print(
        say("整改台账：", "Ledger of gaps: ")
        + " · ".join(parts)
        + say(
            f" · 应发整改通知 {sum(row[-1] for row in rows)} 份",
            f" · rectification notices due: {sum(row[-1] for row in rows)}",
        )
    )
    is_roomy = console.width >= ROOMY
    dates = (say("发现", "opened"), say("销号", "closed")) if is_roomy else ()
    grid = table(
        folding(say("学校", "school"), 14),
        say("学段", "stage"),
        folding(say("指标", "indicator"), 8),
        say("缺口", "missing"),
        folding(say("责任科室", "office"), 8),
        say("期限", "due"),
        *dates,
        folding(say("状态", "status"), 6),
        title=say("整改台账", "what is to be mended"),
    )
    for school, stage, indicator, quantity, unit, office, due, opened, closed, status, _ in rows:
        own = (str(opened), str(closed or "—")) if is_roomy else ()
        grid.add_row(
            Text(school),
            words.stage(stage),
            indicator,
            words.amount(quantity, unit),
            Text(office or "—"),
            str(due or "—"),
            *own,
            Text(words.gap_status(status), style=words.STYLES[status]),
        )
    console.print(grid)


_LEDGER = """
    select coalesce(g.school_name, '{county}') || coalesce(' ' || nullif(g.school_id, ''),
        '') || coalesce(' ' || g.subject || coalesce(' ' || g.grade || '{grade}', ''), ''),
        g.stage, i.short_name_{language}, g.quantity_missing, g.unit, g.responsible_office, g.due_date, g.opened_on,
            g.closed_on, g.status, g.needs_notice
    from marts.mart_gap_ledger(?, ?) as g left join marts.dim_indicator as i using (indicator_code)
    where g.county_code = ?
    order by g.status = 'closed', g.indicator_code, g.school_id, g.stage, g.opened_on
"""
