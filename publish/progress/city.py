"""How the counties of a city stand."""

import datetime as dt

import duckdb
from rich.console import Console
from rich.text import Text

from publish import words
from publish.language import say
from publish.screen import folding, table


def show_city(
    connection: duckdb.DuckDBPyConnection, console: Console, city: str, known_on: dt.date, as_of: dt.date
) -> None:
    """Print how many of a city's counties were recognised of those due, and a line per county."""
    for promised, due, recognised, met, missed, unknown in connection.execute(
        _CITY, [known_on, as_of, city]
    ).fetchall():
        console.print(
            say(
                f"承诺认定 {promised} 个县区 · 已到期 {due} · 已认定 {recognised} · 按期 {met} · 逾期 {missed} · "
                f"无记录 {unknown}",
                f"Counties promised: {promised} · due: {due} · recognised: {recognised} · in time: {met} · "
                f"missed: {missed} · no record: {unknown}",
            )
        )
    grid = table(
        folding(say("县区", "county"), 8),
        say("认定期限", "due"),
        folding(say("认定", "recognition"), 6),
        say("认定日期", "on"),
        *(folding(words.target_status(status)) for status in ("met", "behind", "missed", "no_data")),
        title=say("所辖县区：认定与各项目标", "counties of the city: recognition and targets"),
    )
    for name, code, due, status, reached, *counts in connection.execute(
        _CITY_COUNTIES, [known_on, as_of, city]
    ).fetchall():
        grid.add_row(
            Text(f"{name} {code}"),
            str(due or "—"),
            Text(words.target_status(status) or "—", style=words.STYLES.get(status, "")),
            str(reached or "—"),
            *map(str, counts),
        )
    console.print(grid)
    console.print(
        say(
            "看一个县区的全部：junheng progress <县区名或代码>",
            "All of one county: junheng progress <name or code of the county>",
        ),
        soft_wrap=True,
    )


_CITY = """
    select counties_promised, counties_due, counties_recognised, counties_met, counties_missed, counties_without_data
    from marts.mart_city_progress(?, ?) where city_code = ?
"""
_CITY_COUNTIES = """
    with rows as (from marts.mart_target_progress(?, ?) where is_latest)
    select d.name_zh, d.county_code, min(r.due_on) filter (r.metric = 'recognition_year'),
        arg_min(r.status, r.due_on) filter (r.metric = 'recognition_year'),
        min(r.reached_on) filter (r.metric = 'recognition_year'),
        count(*) filter (r.status = 'met'), count(*) filter (r.status = 'behind'),
            count(*) filter (r.status = 'missed'), count(*) filter (r.status = 'no_data')
    from marts.dim_county as d left join rows as r using (county_code)
    where d.city_code = ?
    group by d.name_zh, d.county_code order by d.county_code
"""
