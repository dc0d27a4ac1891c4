"""The pupils of coming years: each autumn every grade moves up by one.

Grade 1 takes in as many as this autumn, school by school. Grade 7 takes in the county's leavers of grade 6, of whom
such a part goes on as did this autumn (where last year is not on record, as grade 7 is of this autumn's grade 6); each
school has the share it has now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

import duckdb

from junheng.whatif.changes import Cell
from publish.query import rows_of

_GRADES = """
    select school_id, stage, cast(regexp_extract(measure, '[0-9]+') as integer) as grade, value
    from marts.mart_lineage
    where county_code = $county and census_year = $year and measure like 'pupils_grade_%'
    order by all
"""
_PUPILS = """
    select school_id, stage, value from intermediate.int_school_measures
    where county_code = $county and census_year = $year and measure = 'pupils' and value is not null
    order by all
"""
# What is on record between the census and that of the target year; a census counts as of 1 September.
_CHANGES = """
    select school_id, school_name, change, changed_on, successor_school_id from staging.stg_school_changes
    where county_code = $county and change in ('merged', 'closed', 'opened')
        and changed_on > make_date($year, 9, 1) and changed_on <= make_date($until, 9, 1)
    order by changed_on, school_id
"""
_FIRST = {"primary": 1, "junior": 7, "senior": 10}
_LAST = {"primary": 6, "junior": 9, "senior": 12}
Grades = dict[tuple[str, str], dict[int, float]]  # (school or point, stage) → grade → pupils


@dataclass(frozen=True)
class SchoolChange:
    """A school that is merged into another one, closed or opened before the target year, as the register has it."""

    school: str
    name: str
    change: str
    year: int
    successor: str


def changes_ahead(connection: duckdb.DuckDBPyConnection, county: str, year: int, until: int) -> list[SchoolChange]:
    """Return what the register of schools says of the years after a census, up to the one of ``until``."""
    return [
        SchoolChange(
            row["school_id"] or "",
            row["school_name"] or row["school_id"] or "",
            row["change"],
            row["changed_on"].year,
            row["successor_school_id"] or "",
        )
        for row in rows_of(connection, county=county, year=year, until=until)(_CHANGES)
    ]


def pupils_ahead(
    connection: duckdb.DuckDBPyConnection, county: str, year: int, years: int
) -> tuple[dict[tuple[str, str], float], list[tuple[str, str]]]:
    """Return (school or point, stage) → pupils so many years after a census; and those left as they are.

    A school-stage of which a grade is missing, or whose grades are not its pupils, stays as it is.

    Args:
        connection: the published warehouse.
        county: its code.
        year: of the census.
        years: how many after it.
    """
    rows = rows_of(connection, county=county, year=year)
    now = {(row["school_id"], row["stage"]): row["value"] for row in rows(_PUPILS)}
    grades = _grades(connection, county, year)
    whole = {place: own for place, own in grades.items() if _is_whole(own, place[1], now.get(place))}
    before = _grades(connection, county, year - 1)
    ahead = project(whole, years, _going_on(grades, before))
    pupils = {place: ahead.get(place, count) for place, count in now.items()}
    return pupils, sorted(place for place in now if place not in ahead and place[1] in ("primary", "junior"))


def project(grades: Grades, years: int, going_on: float = 1.0) -> dict[tuple[str, str], float]:
    """Return the pupils of each school-stage after some years, by its grades of today.

    Args:
        grades: of every school-stage, all its grades.
        years: how many.
        going_on: what part of the leavers of grade 6 enters grade 7 in the county.
    """
    leavers = {grade: _total(grades, "primary", grade) for grade in range(1, 7)}
    entering = _total(grades, "junior", 7)

    def entrants(place: tuple[str, str], after: int) -> float:
        own = grades[place][min(grades[place])]
        if place[1] != "junior" or not entering:
            return own
        # Who is in grade 6 a year before; once those are not born yet, as many as grade 1 takes in.
        of_county = leavers[max(7 - after, 1)]
        return own / entering * of_county * going_on if of_county else own

    found = {}
    for place, own in grades.items():
        first = min(own)
        found[place] = float(
            round(
                sum(
                    own[grade - years] if grade - years >= first else entrants(place, years - (grade - first))
                    for grade in own
                )
            )
        )
    return found


def shared_out(pupils: float, others: Mapping[Cell, float]) -> dict[Cell, float]:
    """Return how many of so many pupils go to each of the others: by their pupils, in whole numbers."""
    whole = sum(others.values())
    exact = {cell: pupils * own / whole for cell, own in others.items()}
    found = {cell: float(floor(share)) for cell, share in exact.items()}
    for cell in sorted(exact, key=lambda cell: (found[cell] - exact[cell], cell))[
        : round(pupils - sum(found.values()))
    ]:
        found[cell] += 1
    return found


def _grades(connection: duckdb.DuckDBPyConnection, county: str, year: int) -> Grades:
    grades: Grades = {}
    for row in rows_of(connection, county=county, year=year)(_GRADES):
        if row["value"] is not None:
            grades.setdefault((row["school_id"], row["stage"]), {})[row["grade"]] = row["value"]
    return grades


def _is_whole(own: Mapping[int, float], stage: str, pupils: float | None) -> bool:
    """Return whether every grade is there, from the first to the last one that the school has."""
    grades = sorted(own)
    return (
        grades[0] == _FIRST[stage]
        and grades == list(range(grades[0], grades[-1] + 1))
        and grades[-1] >= _LAST[stage] - 1  # five years of primary school, where junior school has four
        and sum(own.values()) == pupils
    )


def _going_on(now: Grades, before: Grades) -> float:
    leavers = _total(before, "primary", 6) or _total(now, "primary", 6)
    return _total(now, "junior", 7) / leavers if leavers else 1.0


def _total(grades: Grades, stage: str, grade: int) -> float:
    return sum(own.get(grade, 0.0) for (_, of), own in grades.items() if of == stage)
