"""What people call things: a school by its name or a part of it, 小学, a county's name, an indicator's; with
suggestions for what nothing is called.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from extract.common.identifiers import is_county_code, is_school_id
from publish.language import language, say

_STAGES = {
    "小学": "primary",
    "小学部": "primary",
    "小学段": "primary",
    "primary": "primary",
    "初中": "junior",
    "初中部": "junior",
    "初中段": "junior",
    "中学": "junior",
    "junior": "junior",
}
_YEAR = re.compile(r"((?:19|20)\d\d)(?:年秋?|年度)?")
_SUGGESTED = 5
_LISTED = 10


class Unclear(Exception):
    """Nothing, or more than one thing, is called so; its text says what may be meant."""


@dataclass(frozen=True)
class Asked:
    """What is to be explained; the year is that of the census, the assessment is of the year after it."""

    county: str | None = None
    school: str | None = None
    stage: str | None = None
    year: int | None = None
    indicator: str | None = None

    @property
    def assessment_year(self) -> int | None:
        """Return the assessment that judges by this census."""
        return self.year + 1 if self.year else None


def understand(
    connection: duckdb.DuckDBPyConnection, words: Sequence[str], asked: dict[str, str | None], year: int | None
) -> Asked:
    """Return codes for what was said.

    Args:
        connection: the published warehouse.
        words: whatever was said, in any order.
        asked: what was said of something by name: ``county``, ``school``, ``stage``, ``indicator``.
        year: census year.

    Raises:
        Unclear: a word is not understood, or could mean several things.
    """
    found = Asked(year=year)
    words = [_heard(word) for word in words]
    for kind in ("county", "stage", "indicator", "school"):
        if text := asked.get(kind):
            found = _add(connection, found, _heard(text), kind)
    # Counties first: a school's name may need one to be clear.
    for word in sorted(words, key=lambda word: _rank(connection, word)):
        found = _add(connection, found, word, None)
    if found.county is None:
        found = replace(found, county=_only_county(connection, found))
    return found


def county_code(connection: duckdb.DuckDBPyConnection, text: str, with_cities: bool = False) -> str:
    """Return the code of a county by its code, name or a part of it; of a city as well, if wanted.

    Raises:
        Unclear: no county, or more than one, is called so.
    """
    if is_county_code(text):
        return text
    text = _heard(text)
    named = _candidates(connection, text, ("county", "city") if with_cities else ("county",), None)
    return _one(connection, named, text, ("county",), None)[1]


def _heard(text: str) -> str:
    """Return what was typed, also where a console without Chinese handed its bytes on undecoded."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()


def _rank(connection: duckdb.DuckDBPyConnection, word: str) -> int:
    is_county = is_county_code(word) or any(row[2] == 0 for row in _candidates(connection, word, ("county",), None))
    return 0 if is_county else 1


def _add(connection: duckdb.DuckDBPyConnection, found: Asked, text: str, kind: str | None) -> Asked:
    if kind in (None, "stage") and text.lower() in _STAGES:
        return replace(found, stage=_STAGES[text.lower()])
    if kind is None and (match := _YEAR.fullmatch(text)):
        return replace(found, year=int(match[1]))
    if kind in (None, "county") and is_county_code(text):
        return replace(found, county=text)
    if kind in (None, "school") and is_school_id(text):
        return replace(found, school=text, county=found.county or _county_of(connection, text))
    if kind == "stage":
        raise Unclear(say(f"学段应是小学或初中，不是“{text}”。", f"A stage is primary or junior, not “{text}”."))
    kinds = (kind,) if kind else ("county", "school", "indicator")
    kind, code, county = _one(connection, _candidates(connection, text, kinds, found.county), text, kinds, found.county)
    if kind == "school":
        return replace(found, school=code, county=county)
    return replace(found, county=code) if kind == "county" else replace(found, indicator=code)


def _county_of(connection: duckdb.DuckDBPyConnection, school: str) -> str | None:
    rows = connection.execute(
        "select county_code from marts.dim_school where school_id = ? order by valid_from_year desc limit 1", [school]
    ).fetchall()
    if not rows:
        raise Unclear(say(f"没有标识码为 {school} 的学校。", f"No school has the code {school}."))
    return rows[0][0]


def _candidates(
    connection: duckdb.DuckDBPyConnection, text: str, kinds: tuple[str, ...], county: str | None
) -> list[tuple[Any, ...]]:
    """Return (kind, code, distance from exact, county, name) of what bears the name, whole or in part; exact first."""
    return connection.execute(_NAMED, {"text": text.strip(), "kinds": list(kinds), "county": county}).fetchall()


def _one(
    connection: duckdb.DuckDBPyConnection,
    named: list[tuple[Any, ...]],
    text: str,
    kinds: tuple[str, ...],
    county: str | None,
) -> tuple[str, str, str]:
    nearest = [row for row in named if row[2] == named[0][2]]
    if len({row[:2] for row in nearest}) == 1:
        kind, code, _, of_county, _ = nearest[0]
        return kind, code, of_county
    if nearest:
        lines = [
            f"  {name}  {code}" + (f"  ({of_county})" if kind == "school" else "")
            for kind, code, _, of_county, name in nearest[:_LISTED]
        ]
        more = [say(f"  … 共 {len(nearest)} 个", f"  … {len(nearest)} in all")] if len(nearest) > _LISTED else []
        raise Unclear(
            "\n".join(
                [
                    say(
                        f"“{text}”可以指好几个，请写全名或代码：",
                        f"“{text}” may mean several; give the whole name or the code:",
                    ),
                    *lines,
                    *more,
                ]
            )
        )
    near = connection.execute(
        _NEAR,
        {"text": text, "kinds": list(kinds), "county": county, "most": _SUGGESTED, "is_chinese": language() == "zh"},
    ).fetchall()
    said = say(f"没有叫“{text}”的。", f"Nothing is called “{text}”.")
    raise Unclear(
        "\n".join(
            [said + (say("是不是：", " Did you mean:") if near else ""), *(f"  {name}  {code}" for name, code in near)]
        )
    )


def _only_county(connection: duckdb.DuckDBPyConnection, found: Asked) -> str:
    """Return the county if there is only one."""
    counties = connection.execute(_COUNTIES).fetchall()
    if len(counties) != 1:
        listed = "\n".join(f"  {name}  {code}" for code, name in counties[:_LISTED])
        raise Unclear(say(f"请写明县区：\n{listed}", f"Which county?\n{listed}"))
    return counties[0][0]


# Names as people see them: those of now, and of counties and indicators in both languages.
_NAMES = """
    names as (
        select 'county' as kind, county_code as code, county_code, unnest([name_zh, name_en]) as name,
            true as is_known_in_part from marts.dim_county
        union all
        select distinct 'city', city_code, city_code, city_zh, true from marts.dim_county
        union all
        select 'school', school_id, county_code, unnest([name_zh, name_en]), true from marts.dim_school
        where $county is null or county_code = $county
        union all
        select 'indicator', indicator_code, null, unnest([short_name_zh, short_name_en]), true from marts.dim_indicator
        union all
        -- Whole sentences, in which many a school's name stands.
        select 'indicator', indicator_code, null, unnest([indicator_code, name_zh, name_en]), false
        from marts.dim_indicator
    ),
    wanted as (select * from names where list_contains($kinds, kind) and name <> '')
"""
_NAMED = f"""
    with {_NAMES}
    select kind, code, min(case when lower(name) = lower($text) then 0 else 1 end) as distance,
        any_value(county_code order by county_code), any_value(name)
    from wanted where lower(name) = lower($text)
        or (is_known_in_part and length($text) > 1 and contains(lower(name), lower($text)))
    group by kind, code order by distance, kind, code
"""
# What has the words in its whole name comes first.
_NEAR = f"""
    with {_NAMES}
    select any_value(name order by is_known_in_part desc, jaro_winkler_similarity(name, $text) desc), code from wanted
    where not $is_chinese or regexp_matches(name, '[\u4e00-\u9fff]')
    group by kind, code having bool_or(contains(lower(name), lower($text)))
        or max(jaro_winkler_similarity(name, $text)) filter (is_known_in_part) > 0.5
    order by bool_or(contains(lower(name), lower($text))) desc,
        max(jaro_winkler_similarity(name, $text)) filter (is_known_in_part) desc, code limit $most
"""
_COUNTIES = (
    "select distinct county_code, name_zh from marts.mart_school_compliance inner join marts.dim_county using "
    "(county_code) order by 1"
)
