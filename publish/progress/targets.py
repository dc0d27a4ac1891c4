"""Where a county stands against its targets, and what is on record beside them: recognition, printed figures."""

import datetime as dt

from rich.console import Console
from rich.text import Text

from publish import words
from publish.answers import Asks
from publish.language import language, say
from publish.screen import ROOMY, folding, table
from publish.words import number


def show_targets(
    connection: Asks,
    console: Console,
    county: str,
    known_on: dt.date,
    as_of: dt.date,
    statuses: tuple[str, ...],
) -> None:
    """Print each target: figure, distance, forecast, status."""
    rows = connection.execute(_TARGETS.format(language=language()), [known_on, as_of, county]).fetchall()
    if not rows:
        return
    counts = {status: sum(row[-1] == status for row in rows) for status in words.TARGET_STATUSES}
    console.print(
        say("目标：", "Targets: ")
        + " · ".join(f"{words.target_status(status)} {count}" for status, count in counts.items() if count)
    )
    chosen = [row for row in rows if row[-1] in statuses]
    if not chosen:
        return
    is_roomy = console.width >= ROOMY
    more = (say("基准", "base"), say("比上年", "change"), say("每年需", "needed a year")) if is_roomy else ()
    grid = table(
        folding(say("目标", "target"), 16),
        say("期限", "due"),
        say("目标值", "goal"),
        say("最近", "latest"),
        *more,
        folding(say("预计", "forecast"), 6),
        folding(say("状态", "status"), 6),
        *([say("文件", "document")] if is_roomy else []),
        title=say("目标进展", "progress toward targets"),
    )
    for (
        name,
        due,
        sign,
        target,
        base_year,
        base,
        year,
        value,
        change,
        needed,
        forecast,
        low,
        high,
        reached,
        document,
        status,
    ) in chosen:
        interval = f" ({number(low)}–{number(high)})" if low is not None else ""
        when = say(f"\n{reached} 达到", f"\nmet {reached}") if reached else ""
        own = (_of_year(base, base_year), number(change), number(needed)) if is_roomy else ()
        grid.add_row(
            Text(name),
            str(due),
            f"{sign}{number(target)}",
            _of_year(value, year),
            *own,
            number(forecast) + interval,
            Text(words.target_status(status) + when, style=words.STYLES[status]),
            *([Text(document or "—")] if is_roomy else []),
        )
    console.print(grid)


def _of_year(value: float | None, year: int | None) -> str:
    return "—" if value is None else f"{number(value)} ({year})"


def show_recognition(connection: Asks, console: Console, county: str) -> None:
    """Print whether the county was recognised by the nation, year by year."""
    for year, is_recognised in connection.execute(_RECOGNISED, [county]).fetchall():
        console.print(
            say(
                f"{year} 年国家认定：{'是' if is_recognised else '否'}",
                f"Recognised by the nation in {year}: {'yes' if is_recognised else 'no'}",
            )
        )


def show_printed(connection: Asks, console: Console, county: str) -> None:
    """Print figures of public documents that no indicator is judged by."""
    rows = connection.execute(_PRINTED, [county]).fetchall()
    if not rows:
        return
    grid = table(
        say("年份", "year"),
        folding(say("公开文件中的数据", "printed figure")),
        say("数值", "value"),
        say("单位", "unit"),
        folding(say("接近的指标", "comes near")),
        folding(say("文件", "document")),
        title=say("公开数据（不作判定）", "printed figures, not judged"),
    )
    for year, name, value, unit, near, document in rows:
        grid.add_row(str(year), Text(name), number(value), unit or "", Text(near or ""), Text(document or ""))
    console.print(grid)


# Each target once: its status of the latest year, with the latest figure of any year.
_TARGETS = """
    with rows as (from marts.mart_target_progress(?, ?) where county_code = ?),
    figures as (
        select group_name, metric, target_year, max(census_year) as year, arg_max(value, census_year) as value,
            arg_max(change_yoy, census_year) as change,
            arg_max(needed_per_year, census_year) as needed, arg_max(forecast, census_year) as forecast,
                arg_max(forecast_low, census_year) as low, arg_max(forecast_high, census_year) as high
        from rows where value is not null group by all
    )
    select concat_ws(' · ', nullif(r.group_name, ''), r.metric_{language}), r.due_on, case r.direction
        when 'at_least' then '>= ' else '<= ' end, r.target_value, r.baseline_year, r.baseline,
        f.year, f.value, f.change, f.needed, f.forecast, f.low, f.high, r.reached_on, r.document, r.status
    from rows as r left join figures as f using (group_name, metric, target_year)
    where r.is_latest
    order by r.target_year, r.group_name, r.metric
"""
_RECOGNISED = """
    select assessment_year, is_recognised from marts.mart_county_scorecard
    where county_code = ? and is_recognised is not null order by assessment_year desc limit 1
"""
_PRINTED = """
    select f.year, any_value(f.name_zh), f.value, any_value(f.unit),
        string_agg(c.indicator_code, ', ' order by c.indicator_code),
        concat_ws(' ', f.document, any_value(f.document_title))
    from marts.mart_published_figure as f
    left join marts.mart_printed_context as c using (county_code, metric, year, document)
    where f.county_code = ? and f.kind in ('actual', 'printed')
    group by f.year, f.metric, f.value, f.document order by f.year, f.metric
"""
