"""Classes that are too large, and rooms for music and art that are missing: what each school must do by itself.

Nothing is to be chosen here: a class over its limit is divided into as few as keep to it, then every twelve classes
begun need a room of each kind.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import duckdb

from extract.common.noise import NOISE
from junheng.whatif.changes import Figures
from publish.changeable import ROOM_MEASURES
from publish.query import rows_of

_TOO_LARGE = """
    select r.school_id, r.stage, r.standard
    from marts.mart_government_assurance as r
    where r.county_code = $county and r.assessment_year = $year + 1 and r.indicator_code = 'G5'
        and r.judged_at = 'class_stage' and r.verdict = 'fail'
    order by all
"""
_PARTS = """
    select member_school_id, school_id, stage, is_from_roster, class_pupils from intermediate.int_class_parts
    where county_code = $county and census_year = $year
    order by all
"""
_ROOMS = """
    select r.school_id, r.part, r.rooms, sum(z.classes) as classes, count(*) = count(z.classes) as is_whole
    from intermediate.int_rooms as r
    inner join intermediate.int_class_sizes as z using (census_year, county_code, school_id)
    where r.county_code = $county and r.census_year = $year and r.rooms is not null
    group by r.school_id, r.part, r.rooms
    order by all
"""
_PER_ROOM = """
    select value from seeds.parameters
    where parameter = 'g3_classes_per_room' and $year between valid_from_year and coalesce(valid_to_year, 9999)
"""
_BINS = "select measure, smallest_class, largest_class from seeds.class_bins order by smallest_class"
_FAILING = """
    select distinct school_id, indicator_code from marts.mart_government_assurance
    where county_code = $county and assessment_year = $year + 1 and judged_at <> 'county' and verdict = 'fail'
        and indicator_code in ('G3', 'G5')
    order by all
"""
_TOO_MANY_PUPILS = """
    select school_id, numerator - standard as pupils from marts.mart_government_assurance
    where county_code = $county and assessment_year = $year + 1 and indicator_code = 'G4' and judged_at = 'school'
        and verdict = 'fail'
    order by all
"""


@dataclass(frozen=True)
class Division:
    """Classes of one size that are divided into smaller ones."""

    school: str  # or the point that has the classes
    stage: str
    size: str  # measure of the size they have
    classes: int
    into: str  # measure of the size they get
    more: int  # classes than before


@dataclass(frozen=True)
class Room:
    """Rooms of a kind that a school gets."""

    school: str
    measure: str
    rooms: int


def divisions(connection: duckdb.DuckDBPyConnection, county: str, year: int, figures: Figures) -> list[Division]:
    """Return what is divided so that no class is over its limit."""
    rows = rows_of(connection, county=county, year=year)
    bins = rows(_BINS)
    limits = {(row["school_id"], row["stage"]): row["standard"] for row in rows(_TOO_LARGE)}
    found = []
    for part in rows(_PARTS):
        limit = limits.get((part["school_id"], part["stage"]))
        if limit is None:
            continue
        school, stage = part["member_school_id"], part["stage"]
        for size, count, largest in _over(part, bins, limit, figures):
            pieces = ceil(largest / limit * (1 - NOISE))
            into = next(b["measure"] for b in bins if ceil(largest / pieces) <= b["largest_class"])
            found.append(Division(school, stage, size, count, into, count * (pieces - 1)))
    return found


def _over(
    part: Mapping[str, Any], bins: list[dict[str, Any]], limit: float, figures: Figures
) -> list[tuple[str, int, float]]:
    """Return (size, classes, pupils of the largest of them) of a part's classes over the limit.

    Of the last size nobody knows the end; without a roster such a class is taken to be twice the limit.
    """
    if part["is_from_roster"]:
        sizes = [
            (next(b["measure"] for b in bins if pupils <= b["largest_class"]), pupils)
            for pupils in part["class_pupils"]
            if pupils > limit
        ]
        return [(size, 1, pupils) for size, pupils in sizes]
    found = []
    for size in bins:
        count = figures.cells.get((part["member_school_id"], part["stage"], size["measure"])) or 0
        if count and size["smallest_class"] > limit:
            found.append((size["measure"], int(count), min(size["largest_class"], 2 * limit)))
    return found


def rooms(connection: duckdb.DuckDBPyConnection, county: str, year: int, divided: list[Division]) -> list[Room]:
    """Return the rooms that schools lack, where their register is known, with the classes that divisions add."""
    rows = rows_of(connection, county=county, year=year)
    ((per_room,),) = [row.values() for row in rows(_PER_ROOM)]
    more: dict[str, int] = defaultdict(int)
    counted_with = {row["member_school_id"]: row["school_id"] for row in rows(_PARTS)}
    for division in divided:
        more[counted_with[division.school]] += division.more
    measures = {part: measure for measure, part in ROOM_MEASURES.items()}
    found = []
    for row in rows(_ROOMS):
        if row["is_whole"]:
            classes = row["classes"] + more[row["school_id"]]
            missing = ceil(classes / per_room * (1 - NOISE)) - row["rooms"]
            if missing > 0:
                found.append(Room(row["school_id"], measures[row["part"]], int(missing)))
    return found


def not_mended(
    connection: duckdb.DuckDBPyConnection, county: str, year: int, divided: list[Division], mended: list[Room]
) -> set[tuple[str, str]]:
    """Return (school, indicator) of what fails and is not mended, since too little is known of its classes or rooms."""
    rows = rows_of(connection, county=county, year=year)
    counted_with = {row["member_school_id"]: row["school_id"] for row in rows(_PARTS)}
    reached = {(counted_with[d.school], "G5") for d in divided} | {(r.school, "G3") for r in mended}
    return {(row["school_id"], row["indicator_code"]) for row in rows(_FAILING)} - reached


def too_many_pupils(connection: duckdb.DuckDBPyConnection, county: str, year: int) -> dict[str, float]:
    """Return school → pupils over the size that a school may have; a plan moves no pupils."""
    return {row["school_id"]: row["pupils"] for row in rows_of(connection, county=county, year=year)(_TOO_MANY_PUPILS)}
