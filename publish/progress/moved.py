"""What moved since the last night and since the year before."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from publish import words
from publish.answers import Asks
from publish.language import language, say
from publish.query import of_counties
from publish.screen import listed
from publish.words import number

_LINES = 10
_FILES = 3


def local_day(moment: dt.datetime) -> dt.date:
    """Return the day, where the reader is, of a moment told in UTC."""
    return moment.replace(tzinfo=dt.UTC).astimezone().date()


@dataclass(frozen=True)
class Night:
    """When the last files came that changed anything, and the gaps of a county that they opened and closed."""

    at: dt.datetime | None
    opened: int = 0
    closed: int = 0


def last_nights(connection: Asks, counties: Sequence[str], known_on: dt.date) -> dict[str, Night]:
    """Return county → its last night. Asked at once: planning the ledger of gaps takes longer than reading it."""
    ((at,),) = connection.execute(_MOMENT, {"known_on": known_on}).fetchall()
    found = dict.fromkeys(counties, Night(at))
    if at is not None and counties:
        moved = _MOVED.format(condition=of_counties(counties))
        for county, opened, closed in connection.execute(moved, {"known_on": known_on, "at": at}).fetchall():
            found[county] = Night(at, opened, closed)
    return found


def show_last_night(connection: Asks, console: Console, county: str, known_on: dt.date, night: Night) -> None:
    """Print the gaps that the last receipt opened and closed, and the figures that it restated."""
    here = {"county": county, "known_on": known_on}
    at, opened, closed = night.at, night.opened, night.closed
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


def show_last_year(connection: Asks, console: Console, county: str, known_on: dt.date, as_of: dt.date) -> None:
    """Print how many schools rose and fell against the year before."""
    for year, risen, fallen, wider, narrower in connection.execute(_LAST_YEAR, [known_on, as_of, county]).fetchall():
        console.print(
            say(
                f"{year} 年与上年相比（学校×学段×指标）：新达标 {risen}、退步 {fallen}；差异系数扩大 {wider}、"
                f"缩小 {narrower}",
                f"{year} against the year before (schools by stage and indicator): {risen} risen, {fallen} "
                f"fallen; coefficients: {wider} wider, {narrower} narrower",
            )
        )


_MOMENT = """
    select max(known_at) from marts.dim_belief
    where batch > 1 and known_at < cast($known_on as timestamp) + interval 1 day
"""
_MOVED = """
    select county_code, count(*) filter (opened_on = cast($at as date)), count(*) filter (closed_on = cast($at as date))
    from marts.mart_gap_ledger($known_on, current_date) where {condition}
    group by county_code
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
