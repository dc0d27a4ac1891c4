"""One county on the screen: its verdicts, the schools that hold it back, its coefficients, what changed."""

import datetime as dt
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from publish import progress, words
from publish.answers import Asks
from publish.language import language, say
from publish.screen import folding, listed, table

_SCHOOLS_SHOWN = 10
_NAMED = 3


def show(connection: Asks, console: Console, county: str, name: str, year: int, night: progress.Night) -> None:
    """Print where a county stands by its census of a year, and what its last night changed."""
    here = [county, year]
    console.print()
    console.rule(
        f"[bold]{escape(name)} {county} · {say(f'{year} 年秋', f'autumn {year}')}", characters="-", align="left"
    )
    _show_scorecard(connection, console, county, year + 1)
    for stage, passed, failed, unknown in connection.execute(_STAGE_COUNTS, here).fetchall():
        schools = say(
            f"{words.stage(stage)} {passed + failed + unknown} 所",
            f"{passed + failed + unknown} schools, {words.stage(stage)}",
        )
        console.print(
            f"{schools}{say('：', ': ')}{words.verdict('pass')} {passed} · {words.verdict('fail')} {failed} · "
            f"{words.verdict('no_data')} {unknown}"
        )
    # Indicator by indicator: one teacher may be counted by several.
    gaps = [
        f"{short} {words.amount(quantity, unit)}"
        for short, unit, quantity in connection.execute(_GAPS.format(language=language()), here).fetchall()
    ]
    if gaps:
        console.print(say("全县缺口（各项分别计）：", "Missing in all, each indicator by itself: ") + " · ".join(gaps))
    _show_schools(connection, console, here)
    _show_coefficients(connection, console, here)
    progress.show_brief(connection, console, county, dt.date.today(), night)


def _show_scorecard(connection: Asks, console: Console, county: str, year: int) -> None:
    for *dimensions, veto, verdict, missing in connection.execute(_SCORECARD, [county, year]).fetchall():
        line = Text(say(f"{year} 年评估：", f"Assessment {year}: ")).append(
            words.verdict(verdict), style=words.STYLES[verdict]
        )
        for code, found in zip(words.DIMENSIONS, dimensions, strict=True):
            line.append(f" · {words.dimension(code)} ").append(words.verdict(found), style=words.STYLES[found])
        line.append(say(" · 一票否决 ", " · vetoes ")).append(words.veto(veto), style=words.STYLES[veto])
        if missing:
            line.append(say(f" · 还有 {missing} 项指标缺数据", f" · {missing} indicators without data"))
        console.print(line)


def _show_schools(connection: Asks, console: Console, here: list[Any]) -> None:
    rows = connection.execute(_WORST.format(language=language()), [*here, _SCHOOLS_SHOWN]).fetchall()
    if not rows:
        return
    title = say(
        f"拖后腿的学校（前 {_SCHOOLS_SHOWN} 所次）", f"schools that hold the county back (the first {_SCHOOLS_SHOWN})"
    )
    grid = table(
        folding(say("学校", "school"), 18),
        say("学段", "stage"),
        say("达标项", "met"),
        say("结论", "verdict"),
        folding(say("缺什么", "what is missing"), 18),
        title=title,
    )
    for (_, school, code, stage, met, of, verdict), short in groupby(rows, key=lambda row: row[:7]):
        grid.add_row(
            Text(f"{school}\n{code}"),
            words.stage(stage),
            f"{met}/{of}",
            Text(words.verdict(verdict), style=words.STYLES[verdict]),
            Text(_missing([row[7:] for row in short])),
        )
    console.print(grid)


def _missing(rows: list[tuple[Any, ...]]) -> str:
    """Return what a school lacks: each gap, then what nobody reported, each reason once."""
    parts: list[str] = []
    unknown: dict[str, list[str]] = {}
    for short, verdict, gap, unit, meets_floor, reason in rows:
        if verdict == "fail":
            floor = "" if meets_floor else say(f"（不到 {words.floor()}）", f" (under {words.floor()})")
            parts.append(
                say(f"{short}差 {words.amount(gap, unit)}{floor}", f"{short} {words.amount(gap, unit)}{floor}")
            )
        elif verdict == "no_data":
            unknown.setdefault(reason, []).append(short)
    parts += [
        say(f"{reason}：{listed(names, _NAMED)}", f"{reason}: {listed(names, _NAMED)}")
        for reason, names in unknown.items()
    ]
    return say("；", "; ").join(parts)


def _show_coefficients(connection: Asks, console: Console, here: list[Any]) -> None:
    failing = connection.execute(_FAILING.format(language=language()), here).fetchall()
    if failing:
        grid = table(
            say("指标", "indicator"),
            say("学段", "stage"),
            say("差异系数", "coefficient"),
            say("限值", "limit"),
            folding(say("主要由谁拉大", "widened most by"), 18),
            title=say("超过限值的差异系数", "difference coefficients over their limits"),
        )
        for short, stage, cv, limit, because, missing in failing:
            still = say(f"；还缺 {missing} 所学校的数据", f"; {missing} schools still without data") if missing else ""
            grid.add_row(
                short,
                words.stage(stage),
                words.number(cv, beside=limit),
                words.number(limit),
                Text((because or "") + still),
            )
        console.print(grid)
    unknown = connection.execute(_NOT_JUDGED.format(language=language()), here).fetchall()
    for stage, shorts, reason, missing in unknown:
        by = (
            say(f"（{listed(missing.split('、'), _NAMED)}）", f" ({listed(missing.split('、'), _NAMED)})")
            if missing
            else ""
        )
        console.print(
            Text(
                say(
                    f"暂不判定的差异系数：{words.stage(stage)} {listed(shorts, 7)}——{reason}{by}",
                    f"Difference coefficients not judged: {words.stage(stage)}, {listed(shorts, 7)}: {reason}{by}",
                ),
                style="yellow",
            )
        )
    if not failing and not unknown:
        console.print(say("差异系数全部在限值以内。", "All difference coefficients are within their limits."))


_SCORECARD = f"""
    select {", ".join(words.DIMENSIONS)}, veto_verdict, verdict, indicators_missing
    from marts.mart_county_scorecard where county_code = ? and assessment_year = ?
"""
_STAGE_COUNTS = """
    select stage, count(*) filter (verdict = 'pass'), count(*) filter (verdict = 'fail'),
        count(*) filter (verdict = 'no_data')
    from marts.mart_school_compliance where county_code = ? and census_year = ? group by stage order by stage desc
"""
_GAPS = """
    select i.short_name_{language}, a.gap_unit, sum(a.gap_to_standard)
    from marts.mart_resource_allocation as a inner join marts.dim_indicator as i using (indicator_code)
    where a.county_code = ? and a.census_year = ? and a.gap_to_standard > 0 group by all order by min(a.indicator_code)
"""
_WORST = """
    with worst as (
        select *, row_number() over (order by verdict, indicators_below_floor desc, indicators_met, school_id,
            stage desc) as place
        from marts.mart_school_compliance
        where county_code = $1 and census_year = $2 and verdict in ('fail', 'no_data')
        qualify place <= $3
    )
    select c.place, c.school_name, c.school_id, c.stage, c.indicators_met,
        (select count(*) from marts.dim_indicator where dimension = 'resource_allocation'), c.verdict,
        i.short_name_{language}, a.verdict, a.gap_to_standard, a.gap_unit, a.meets_floor, r.name_{language}
    from worst as c
    left join (from marts.mart_resource_allocation where county_code = $1 and census_year = $2) as a
        using (school_id, stage)
    left join marts.dim_indicator as i using (indicator_code)
    left join seeds.reasons as r on coalesce(a.reason, c.reason) = r.reason
    where a.indicator_code is null or a.verdict in ('fail', 'no_data')
    order by c.place, a.indicator_code
"""
_FAILING = """
    select i.short_name_{language}, b.stage, b.cv, b.cv_limit,
        string_agg(printf('%s %.0f%%', c.school_name, c.share_of_variance * 100), '、' order by c.rank)
        filter (c.rank <= 3), b.schools_missing
    from marts.mart_resource_balance as b
    inner join marts.dim_indicator as i using (indicator_code)
    left join marts.mart_resource_contribution as c using (census_year, county_code, stage, indicator_code)
    where b.county_code = ? and b.census_year = ? and b.verdict = 'fail'
    group by i.short_name_{language}, b.indicator_code, b.stage, b.cv, b.cv_limit, b.schools_missing
    order by b.stage desc, b.indicator_code
"""
_NOT_JUDGED = """
    select b.stage, list(i.short_name_{language} order by b.indicator_code), r.name_{language}, b.missing_schools
    from marts.mart_resource_balance as b
    inner join marts.dim_indicator as i using (indicator_code)
    left join seeds.reasons as r using (reason)
    where b.county_code = ? and b.census_year = ? and b.verdict = 'no_data'
    group by b.stage, r.name_{language}, b.missing_schools order by b.stage desc, 3
"""
