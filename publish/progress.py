"""Where targets, gaps and groups of a county stand and what moved, as known on a day: in brief for the screen, or
whole.
"""

import datetime as dt

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from publish import words
from publish.language import language, say
from publish.screen import ROOMY, folding, listed, table
from publish.words import number

_NOW = dt.date(9999, 12, 30)
_LINES = 10
_FILES = 3


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
        _show_city(connection, console, code, known_on, as_of)
        return True
    _show_recognition(connection, console, code)
    _show_last_night(connection, console, code, known_on)
    _show_last_year(connection, console, code, known_on, as_of)
    _show_targets(connection, console, code, known_on, as_of, tuple(words.TARGET_STATUSES))
    _show_ledger(connection, console, code, known_on, as_of)
    _show_groups(connection, console, code, known_on, as_of)
    _show_printed(connection, console, code)
    return True


def local_day(moment: dt.datetime) -> dt.date:
    """Return the day, where the reader is, of a moment told in UTC."""
    return moment.replace(tzinfo=dt.UTC).astimezone().date()


def _show_last_night(connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date) -> None:
    here = {"county": county, "known_on": known_on}
    at, opened, closed = connection.execute(_LAST_NIGHT, here).fetchall()[0]
    if at is None:
        return
    console.print(
        say(
            f"最近一次有变化（{local_day(at)} 收到的文件）：新增缺口 {opened} 个，销号 {closed} 个",
            f"Last change, by files received on {local_day(at)}: {opened} gaps opened, {closed} closed",
        )
    )
    for files, restated, flips in connection.execute(_RESTATED, here).fetchall():
        console.print(
            Text(
                "  "
                + say(
                    f"更正 {restated} 项，其中结论改变 {flips} 项，来自：{_named(files)}",
                    f"{restated} figures restated, {flips} of them with another verdict, by: {_named(files)}",
                )
            ),
            soft_wrap=True,
        )
    for figure, short, year, school, stage, before, now, verdict_before, verdict_now, files in connection.execute(
        _FLIPS.format(language=language()), here
    ).fetchall():
        where = " ".join(filter(None, [school, words.stage(stage), short or _wholes().get(figure)]))
        changed = f"{number(before)} {words.verdict(verdict_before)} → {number(now)} {words.verdict(verdict_now)}"
        console.print(Text(f"  {year} {where}: {changed} ({_named(files)})"), soft_wrap=True)


def _wholes() -> dict[str, str]:
    return {
        "school_compliance": say("学校综合", "the school as a whole"),
        "scorecard": say("评估总结论", "the whole assessment"),
    }


def _named(files: str | None) -> str:
    """Return the files that a change comes from, the first few, in the reader's language."""
    names = [_without(file) for file in (files or "—").split("; ")]
    return listed(names, _FILES)


def _without(file: str) -> str:
    for zh, en in (("撤回", "withdrawn"), ("恢复", "restored")):
        if file.startswith(f"{zh} {en}: "):
            return say(f"{zh} ", f"{en} ") + file.removeprefix(f"{zh} {en}: ")
    return file


def _show_last_year(
    connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date
) -> None:
    for year, risen, fallen, wider, narrower in connection.execute(_LAST_YEAR, [known_on, as_of, county]).fetchall():
        console.print(
            say(
                f"{year} 年与上年相比（学校×学段×指标）：新达标 {risen}、退步 {fallen}；差异系数扩大 {wider}、"
                f"缩小 {narrower}",
                f"{year} against the year before (schools by stage and indicator): {risen} risen, {fallen} "
                f"fallen; coefficients: {wider} wider, {narrower} narrower",
            )
        )


def _show_targets(
    connection: duckdb.DuckDBPyConnection,
    console: Console,
    county: str,
    known_on: dt.date,
    as_of: dt.date,
    statuses: tuple[str, ...],
) -> None:
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


def _show_recognition(connection: duckdb.DuckDBPyConnection, console: Console, county: str) -> None:
    for year, is_recognised in connection.execute(_RECOGNISED, [county]).fetchall():
        console.print(
            say(
                f"{year} 年国家认定：{'是' if is_recognised else '否'}",
                f"Recognised by the nation in {year}: {'yes' if is_recognised else 'no'}",
            )
        )


def _show_printed(connection: duckdb.DuckDBPyConnection, console: Console, county: str) -> None:
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


def _show_city(
    connection: duckdb.DuckDBPyConnection, console: Console, city: str, known_on: dt.date, as_of: dt.date
) -> None:
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


def _show_ledger(
    connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date
) -> None:
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


def _show_groups(
    connection: duckdb.DuckDBPyConnection, console: Console, county: str, known_on: dt.date, as_of: dt.date
) -> None:
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


_LAST_NIGHT = """
    with night as (select max(known_at) as moment from marts.dim_belief
    where batch > 1 and known_at < cast($known_on as timestamp) + interval 1 day),
    gaps as (
        select count(*) filter (opened_on = (select cast(moment as date) from night)) as opened,
            count(*) filter (closed_on = (select cast(moment as date) from night)) as closed
        from marts.mart_gap_ledger($known_on, current_date) where county_code = $county
    )
    select moment, opened, closed from night cross join gaps
"""
_RESTATED = f"""
    select files, count(*), count(*) filter (is_flip) from marts.mart_restatement
    where county_code = $county and restated_at = (
        select max(known_at) from marts.dim_belief
        where batch > 1 and known_at < cast($known_on as timestamp) + interval 1 day
    )
    group by files order by 3 desc, 2 desc, 1 limit {_LINES}
"""
_FLIPS = f"""
    select b.figure, i.short_name_{{language}}, b.year, s.name_zh, b.stage, b.value_before, b.value_now,
        b.verdict_before, b.verdict_now, b.files
    from marts.mart_restatement as b
    left join marts.dim_indicator as i using (indicator_code)
    left join marts.dim_school as s on b.county_code = s.county_code and b.school_id = s.school_id
        and s.valid_to_year is null
    where b.county_code = $county and b.is_flip and b.restated_at = (
        select max(known_at) from marts.dim_belief
        where batch > 1 and known_at < cast($known_on as timestamp) + interval 1 day
    )
    order by b.figure <> 'scorecard', b.figure, b.year, b.indicator_code, b.school_id limit {_LINES}
"""
_LAST_YEAR = """
    select census_year, sum(schools_risen), sum(schools_fallen), count(*) filter (cv_trend = 'wider'),
        count(*) filter (cv_trend = 'narrower')
    from marts.mart_year_over_year(?, ?) where county_code = ?
    group by census_year order by census_year desc limit 1
"""
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
_LEDGER = """
    select coalesce(g.school_name, '{county}') || coalesce(' ' || nullif(g.school_id, ''),
        '') || coalesce(' ' || g.subject || coalesce(' ' || g.grade || '{grade}', ''), ''),
        g.stage, i.short_name_{language}, g.quantity_missing, g.unit, g.responsible_office, g.due_date, g.opened_on,
            g.closed_on, g.status, g.needs_notice
    from marts.mart_gap_ledger(?, ?) as g left join marts.dim_indicator as i using (indicator_code)
    where g.county_code = ?
    order by g.status = 'closed', g.indicator_code, g.school_id, g.stage, g.opened_on
"""
_GROUPS = """
    select census_year, group_name, core_schools, schools, rural_schools, rural_enrolment_kept_percent,
        teachers_exchanged_inside,
        activities_met, activities_planned, evaluation, members_to_core_ratio
    from marts.mart_group_progress(?, ?) where county_code = ?
    qualify census_year = max(census_year) over () order by group_name
"""
