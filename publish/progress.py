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


def show(connection: duckdb.DuckDBPyConnection, console: Console, code: str, known_on: dt.date, as_of: dt.date) -> bool:
    """Print all of a county's progress, or how a city's counties stand, as known on a day, told for the day ``as_of``.

    Returns:
        Whether anything was known.
    """
    known = connection.execute("select max(known_at) from marts.dim_belief where known_at < cast(? as timestamp) + interval 1 day", [known_on]).fetchall()[0][0]
    name = connection.execute("select name_zh from marts.dim_county where county_code = $1 union all select distinct city_zh from marts.dim_county where city_code = $1", [code]).fetchall()
    if known is None or not name:
        return False
    console.print(f"[bold]{name[0][0]} {code}[/] · 截至 as known on {known.date() if known_on == _NOW else known_on} · 按 as of {as_of}")
    if not connection.execute("select 1 from marts.dim_county where county_code = ?", [code]).fetchall():
        _show_city(connection, console, code, known_on, as_of)
        return True
    county = code
    _show_recognition(connection, console, county)
    _show_last_night(connection, console, county, known_on)
    _show_last_year(connection, console, county, known_on, as_of)
    _show_targets(connection, console, county, known_on, as_of, tuple(STATUSES))
    _show_ledger(connection, console, county, known_on, as_of)
    _show_groups(connection, console, county, known_on, as_of)
    _show_printed(connection, console, county)
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
        table = Table(Column("目标 target", overflow="fold", min_width=24), "期限 by", "目标值", "基准 base", "最近 latest", "比上年", "每年需", "预计 forecast", "状态 status", "文件", title="目标进展 targets", title_justify="left", box=box.ASCII2)
        for zh, due, sign, target, base_year, base, year, value, change, needed, forecast, low, high, reached, document, status in listed:
            interval = f" ({_number(low)}–{_number(high)})" if low is not None else ""
            when = f"\n{reached} 达到 reached" if reached else ""
            table.add_row(zh, str(due), f"{sign}{_number(target)}", _of_year(base, base_year), _of_year(value, year), _number(change), _number(needed), _number(forecast) + interval, Text(f"{STATUSES[status]} {status}{when}", style=_STYLES[status]), document or "-")
        console.print(table)


def _of_year(value: float | None, year: int | None) -> str:
    return "-" if value is None else f"{_number(value)} ({year})"


def _show_recognition(connection: duckdb.DuckDBPyConnection, console: Console, county: str) -> None:
    rows = connection.execute(_RECOGNISED, [county]).fetchall()
    for year, is_recognised in rows:
        console.print(f"{year} 年国家认定 recognised by the nation: {'是 yes' if is_recognised else '否 no'}")


def _show_printed(connection: duckdb.DuckDBPyConnection, console: Console, county: str) -> None:
    rows = connection.execute(_PRINTED, [county]).fetchall()
    if not rows:
        return
    table = Table("年份", Column("公开文件中的数据 printed figure", overflow="fold"), "数值", "单位", Column("接近的指标 comes near", overflow="fold"), Column("文件", overflow="fold"), title="公开数据（不作判定）printed figures, not judged", title_justify="left", box=box.ASCII2)
    for year, name, value, unit, near, document in rows:
        table.add_row(str(year), Text(name), _number(value), unit or "", Text(near or ""), Text(document or ""))
    console.print(table)


def _show_city(connection: duckdb.DuckDBPyConnection, console: Console, city: str, known_on: dt.date, as_of: dt.date) -> None:
    for promised, due, recognised, met, missed, unknown in connection.execute(_CITY, [known_on, as_of, city]).fetchall():
        console.print(f"承诺认定 promised {promised} · 已到期 due {due} · 已认定 recognised {recognised} · 按期 in time {met} · 逾期 missed {missed} · 无记录 no_data {unknown}")
    table = Table("县区 county", "认定期限 due", "认定状态 recognition", "认定日期 on", "目标 met", "滞后 behind", "未达到 missed", "无数据 no_data", title="所辖县区 counties of the city", title_justify="left", box=box.ASCII2)
    for name, code, due, status, reached, met, behind, missed, unknown in connection.execute(_CITY_COUNTIES, [known_on, as_of, city]).fetchall():
        label = f"{STATUSES[status]} {status}" if status else "-"
        table.add_row(Text(f"{name} {code}"), str(due or "-"), Text(label, style=_STYLES.get(status, "")), str(reached or "-"), str(met), str(behind), str(missed), str(unknown))
    console.print(table)
    console.print("一个县区的全部 all of one county: junheng progress --county <县区代码>", highlight=False)


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
    select census_year, sum(schools_risen), sum(schools_fallen), count(*) filter (cv_trend = 'wider'), count(*) filter (cv_trend = 'narrower')
    from marts.mart_year_over_year(?, ?) where county_code = ?
    group by census_year order by census_year desc limit 1
"""
# Each target once: its status of the latest year, with the latest figure of any year.
_TARGETS = """
    with rows as (from marts.mart_target_progress(?, ?) where county_code = ?),
    figures as (
        select group_name, metric, target_year, max(census_year) as year, arg_max(value, census_year) as value, arg_max(change_yoy, census_year) as change,
            arg_max(needed_per_year, census_year) as needed, arg_max(forecast, census_year) as forecast, arg_max(forecast_low, census_year) as low, arg_max(forecast_high, census_year) as high
        from rows where value is not null group by all
    )
    select concat_ws(' · ', nullif(r.group_name, ''), r.metric_zh), r.due_on, case r.direction when 'at_least' then '>= ' else '<= ' end, r.target_value, r.baseline_year, r.baseline,
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
    select f.year, any_value(f.name_zh), f.value, any_value(f.unit), string_agg(c.indicator_code, ', ' order by c.indicator_code), concat_ws(' ', f.document, any_value(f.document_title))
    from marts.mart_published_figure as f
    left join marts.mart_printed_context as c using (county_code, metric, year, document)
    where f.county_code = ? and f.kind in ('actual', 'printed')
    group by f.year, f.metric, f.value, f.document order by f.year, f.metric
"""
_CITY = """
    select counties_promised, counties_due, counties_recognised, counties_met, counties_missed, counties_without_data
    from marts.mart_city_progress(?, ?) where city_code = ?
"""
_CITY_COUNTIES = """
    with rows as (from marts.mart_target_progress(?, ?) where is_latest)
    select d.name_zh, d.county_code, min(r.due_on) filter (r.metric = 'recognition_year'), arg_min(r.status, r.due_on) filter (r.metric = 'recognition_year'),
        min(r.reached_on) filter (r.metric = 'recognition_year'),
        count(*) filter (r.status = 'met'), count(*) filter (r.status = 'behind'), count(*) filter (r.status = 'missed'), count(*) filter (r.status = 'no_data')
    from marts.dim_county as d left join rows as r using (county_code)
    where d.city_code = ?
    group by d.name_zh, d.county_code order by d.county_code
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
