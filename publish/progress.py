"""Where targets, gaps and groups of a county stand and what moved, as known on a day: in brief for the screen, or whole."""

import datetime as dt

import duckdb
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

_NOW = dt.date(9999, 12, 30)
_LINES = 10
STATUSES = {"met": "已达到", "on_track": "可达到", "behind": "滞后", "missed": "未达到", "no_data": "无数据"}
LEDGER = {"open": "未销号", "overdue": "超期", "reported": "文件所列", "closed": "已销号"}
_STYLES = {"met": "green", "on_track": "green", "behind": "yellow", "missed": "red", "no_data": "dim", "overdue": "red", "open": "yellow", "reported": "yellow", "closed": "green"}
_UNITS = {"persons": "人", "rooms": "间", "m2": "㎡", "yuan": "元"}


def show_brief(connection: duckdb.DuckDBPyConnection, console: Console, county: str, as_of: dt.date) -> None:
    """Print what changed since last night and last year, and which targets are behind."""
    _show_last_night(connection, console, county, _NOW)
    _show_last_year(connection, console, county, _NOW, as_of)
    _show_targets(connection, console, county, _NOW, as_of, ("behind", "missed"))


def show(connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date) -> bool:
    """Print all of a county's progress as known on a day, told for the day ``as_of``; return whether anything was known."""
    known = connection.execute("select max(known_at) from marts.dim_belief where known_at < cast(? as timestamp) + interval 1 day", [known_on]).fetchall()[0][0]
    name = connection.execute("select name_zh from marts.dim_county where county_code = ?", [county]).fetchall()
    if known is None or not name:
        return False
    console.print(f"[bold]{name[0][0]} {county}[/] · 截至 as known on {known.date() if known_on == _NOW else known_on} · 按 as of {as_of}")
    _show_last_night(connection, console, county, known_on)
    _show_last_year(connection, console, county, known_on, as_of)
    _show_targets(connection, console, county, known_on, as_of, tuple(STATUSES))
    _show_ledger(connection, console, county, known_on, as_of)
    _show_groups(connection, console, county, known_on, as_of)
    return True


def _show_last_night(connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date) -> None:
    at, restated, flips, opened, closed = connection.execute(_LAST_NIGHT, {"county": county, "known_on": known_on}).fetchall()[0]
    if at is None:
        return
    console.print(f"最近一次有变化 last change: {at:%Y-%m-%d} 收到的文件 files of that day: 更正 restated {restated} 项，其中结论改变 verdict flips {flips}；新增缺口 gaps opened {opened}，销号 closed {closed}")
    for figure, indicator, year, school, before, now, verdict_before, verdict_now, files in connection.execute(_FLIPS, {"county": county, "known_on": known_on}).fetchall():
        console.print(Text(f"  {year} {indicator or figure} {school or ''}: {_number(before)} {verdict_before} → {_number(now)} {verdict_now}  ({files or '-'})"), soft_wrap=True)


def _show_last_year(connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date) -> None:
    for year, risen, fallen, wider, narrower in connection.execute(_LAST_YEAR, [known_on, as_of, county]).fetchall():
        console.print(f"{year} 年与上年相比 against the year before: 新达标 risen {risen}、退步 fallen {fallen}（学校×学段×指标）；差异系数扩大 wider {wider}、缩小 narrower {narrower}")


def _show_targets(connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date, statuses: tuple[str, ...]) -> None:
    rows = connection.execute(_TARGETS, [known_on, as_of, county]).fetchall()
    if not rows:
        return
    counts = {s: sum(r[-1] == s for r in rows) for s in STATUSES}
    console.print("目标 targets: " + " · ".join(f"{zh} {s} {counts[s]}" for s, zh in STATUSES.items() if counts[s]))
    listed = [r for r in rows if r[-1] in statuses]
    if listed:
        table = Table(Column("目标 target", overflow="fold", min_width=24), "年份 by", "目标值", "最近 latest", "比上年", "每年需", "预计 forecast", "状态 status", title="目标进展 targets", title_justify="left", box=box.ASCII2)
        for zh, target_year, sign, target, year, value, change, needed, forecast, low, high, status in listed:
            interval = f" ({_number(low)}–{_number(high)})" if low is not None else ""
            table.add_row(zh, str(target_year), f"{sign}{_number(target)}", f"{_number(value)} ({year})", _number(change), _number(needed), _number(forecast) + interval, Text(f"{STATUSES[status]} {status}", style=_STYLES[status]))
        console.print(table)


def _show_ledger(connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date) -> None:
    rows = connection.execute(_LEDGER, [known_on, as_of, county]).fetchall()
    if not rows:
        return
    counts = {s: sum(r[-2] == s for r in rows) for s in LEDGER}
    console.print("整改台账 ledger: " + " · ".join(f"{zh} {s} {counts[s]}" for s, zh in LEDGER.items() if counts[s]) + f" · 应发整改通知 notices {sum(r[-1] for r in rows)}")
    table = Table(Column("学校 school", overflow="fold"), "学段", "指标", "缺口 missing", Column("责任科室 office", overflow="fold"), "期限 due", "发现 opened", "销号 closed", "状态", title="整改台账 what is to be mended", title_justify="left", box=box.ASCII2)
    for school, stage, indicator, quantity, unit, office, due, opened, closed, status, _ in rows:
        missing = f"{_number(quantity)} {_UNITS.get(unit, '')}" if quantity is not None else "-"
        table.add_row(Text(school), stage, indicator, missing, Text(office or "-"), str(due or "-"), str(opened), str(closed or "-"), Text(f"{LEDGER[status]} {status}", style=_STYLES[status]))
    console.print(table)


def _show_groups(connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date) -> None:
    rows = connection.execute(_GROUPS, [known_on, as_of, county]).fetchall()
    if not rows:
        return
    table = Table("集团 group", "核心校 core", "学校", "农村校", "在校生保持 %", "集团内交流", "活动达标", "评价", "成员/核心", title=f"教育集团 education groups {rows[0][0]}", title_justify="left", box=box.ASCII2)
    for _, name, core, schools, rural, kept, exchanged, met, planned, evaluation, ratio in rows:
        table.add_row(Text(name), Text(core or "-"), str(schools), str(rural), _number(kept), str(exchanged), f"{met}/{planned}" if planned else "-", evaluation or "-", _number(ratio))
    console.print(table)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.3f}".rstrip("0").rstrip(".")


_LAST_NIGHT = """
    with night as (select max(known_at) as moment from marts.dim_belief where batch > 1 and known_at < cast($known_on as timestamp) + interval 1 day),
    restated as (
        select count(*) as n, count(*) filter (is_flip) as flips from marts.mart_restatement
        where county_code = $county and restated_at = (select moment from night)
    ),
    gaps as (
        select count(*) filter (opened_on = (select cast(moment as date) from night)) as opened, count(*) filter (closed_on = (select cast(moment as date) from night)) as closed
        from marts.mart_gap_ledger($known_on, current_date) where county_code = $county
    )
    select moment, n, flips, opened, closed from night cross join restated cross join gaps
"""
_FLIPS = f"""
    select figure, indicator_code, year, school_id, value_before, value_now, verdict_before, verdict_now, files
    from marts.mart_restatement
    where county_code = $county and is_flip and restated_at = (
        select max(known_at) from marts.dim_belief where batch > 1 and known_at < cast($known_on as timestamp) + interval 1 day
    )
    order by figure <> 'scorecard', figure, year, indicator_code, school_id limit {_LINES}
"""
_LAST_YEAR = """
    select census_year, sum(schools_risen), sum(schools_fallen), count(*) filter (cv > cv_before), count(*) filter (cv < cv_before)
    from marts.mart_year_over_year(?, ?) where county_code = ?
    group by census_year order by census_year desc limit 1
"""
_TARGETS = """
    select concat_ws(' · ', nullif(group_name, ''), metric_zh), target_year, case direction when 'at_least' then '>= ' else '<= ' end, target_value, census_year, value, change_yoy,
        needed_per_year, forecast, forecast_low, forecast_high, status
    from marts.mart_target_progress(?, ?) where county_code = ? and is_latest
    order by target_year, group_name, metric
"""
_LEDGER = """
    select coalesce(school_name, '全县 county') || coalesce(' ' || nullif(school_id, ''), '') || coalesce(' ' || subject || coalesce(' ' || grade || '年级', ''), ''),
        stage, indicator_code, quantity_missing, unit, responsible_office, due_date, opened_on, closed_on, status, needs_notice
    from marts.mart_gap_ledger(?, ?) where county_code = ?
    order by status = 'closed', indicator_code, school_id, stage, opened_on
"""
_GROUPS = """
    select census_year, group_name, core_schools, schools, rural_schools, rural_enrolment_kept_percent, teachers_exchanged_inside,
        activities_met, activities_planned, evaluation, members_to_core_ratio
    from marts.mart_group_progress(?, ?) where county_code = ?
    qualify census_year = max(census_year) over () order by group_name
"""
