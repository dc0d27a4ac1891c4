"""A county's education groups."""

import datetime as dt

import duckdb
from rich.console import Console
from rich.text import Text

from publish.language import say
from publish.screen import ROOMY, folding, table
from publish.words import number


def show_groups(
    connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date
) -> None:
    """Print a line per education group: schools, exchange, activities, evaluation."""
    rows = connection.execute(_GROUPS, [known_on, as_of, county]).fetchall()
    if not rows:
        return
    is_roomy = console.width >= ROOMY
    more = (
        (
            say("核心校", "core school"),
            say("在校生保持 %", "enrolment kept %"),
            say("集团内交流", "exchanged inside"),
            say("成员/核心", "members to core"),
        )
        if is_roomy
        else ()
    )
    headings = (
        say("学校", "schools"),
        say("农村校", "rural"),
        say("活动达标", "activities met"),
        say("评价", "evaluation"),
    )
    grid = table(
        folding(say("集团", "group"), 12),
        *headings,
        *more,
        title=say(f"教育集团 {rows[0][0]} 年", f"education groups {rows[0][0]}"),
    )
    for _, name, core, schools, rural, kept, exchanged, met, planned, evaluation, ratio in rows:
        own = (Text(core or "—"), number(kept), str(exchanged), number(ratio)) if is_roomy else ()
        grid.add_row(
            Text(name), str(schools), str(rural), f"{met}/{planned}" if planned else "—", evaluation or "—", *own
        )
    console.print(grid)


_GROUPS = """
    select census_year, group_name, core_schools, schools, rural_schools, rural_enrolment_kept_percent,
        teachers_exchanged_inside,
        activities_met, activities_planned, evaluation, members_to_core_ratio
    from marts.mart_group_progress(?, ?) where county_code = ?
    qualify census_year = max(census_year) over () order by group_name
"""
