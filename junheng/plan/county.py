"""A county as a problem: its school-stages, what they have and need, and what is left out of a plan."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from junheng.plan.problem import INDICATORS, PERSONS, Kind, Limits, Place, Problem, Standing
from publish.query import rows_of

_FIGURES = """
    select r.school_id, r.school_name, r.stage, r.indicator_code, r.pupils, r.quantity, r.verdict, r.reason,
        coalesce(r.is_public, true) as is_public, s.threshold / i.scale as need, s.floor / i.scale as floor,
        coalesce(h.share, 1.0) as share, v.indicators_to_meet
    from marts.mart_resource_allocation as r
    inner join seeds.indicators as i using (indicator_code)
    inner join intermediate.int_county_standards as v using (county_code, census_year)
    inner join seeds.standards as s
        on v.standard_version = s.standard_version and r.indicator_code = s.indicator_code and r.stage = s.stage
        and r.census_year between s.valid_from_year and coalesce(s.valid_to_year, 9999)
    left join intermediate.int_stage_shares as h
        on r.census_year = h.census_year and r.county_code = h.county_code and r.school_id = h.school_id
        and r.stage = h.stage
    where r.county_code = $county and r.census_year = $year
    order by r.school_id, r.stage, r.indicator_code
"""
_LIMITS = """
    select l.stage, l.cv_limit
    from intermediate.int_county_standards as v
    inner join seeds.coefficient_limits as l
        on v.standard_version = l.standard_version
        and v.census_year between l.valid_from_year and coalesce(l.valid_to_year, 9999)
    where v.county_code = $county and v.census_year = $year
"""
_GROUPS = """
    select distinct school_id, group_name from marts.dim_school_group
    where county_code = $county and school_id is not null
        and $year between valid_from_year and coalesce(valid_to_year, 9999)
"""
# Schools of which not even the stages are known.
_UNKNOWN = """
    select school_id, school_name, reason from marts.mart_school_compliance
    where county_code = $county and census_year = $year and stage = 'unknown'
    order by school_id, school_name
"""
_PRICES = """
    select indicator_code, stage, price_yuan, source from intermediate.int_gap_prices
    where county_code in ($county, '*') and $year between valid_from_year and coalesce(valid_to_year, 9999)
    order by county_code = '*' desc, stage = 'all' desc, valid_from_year
"""
# Teachers by what they count for, where the register tells.
_KINDS = """
    select school_id, stage, is_r1, is_r2, is_r3, teachers from intermediate.int_teacher_kinds
    where county_code = $county and data_year = $year
"""
_STAGES = ("primary", "junior")
Joint = Mapping[tuple[str, str], Mapping[Kind, int]]  # (school or point, stage) → kind → teachers


@dataclass(frozen=True)
class LeftOut:
    """A school-stage that a plan cannot mend, since something of it is not known."""

    school: str
    name: str
    stage: str
    indicators: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class County:
    """A county's problem, the names of its schools, and what is left out."""

    problem: Problem
    names: Mapping[str, str]
    left_out: tuple[LeftOut, ...]
    private: tuple[str, ...]  # schools that neither give nor take teachers
    disagreeing: tuple[str, ...] = ()  # schools of which the register has more teachers than the census


def joint_teachers(connection: duckdb.DuckDBPyConnection, county: str, year: int) -> Joint:
    """Return the teachers who count for several indicators, as the register of a school year tells."""
    found: dict[tuple[str, str], dict[Kind, int]] = defaultdict(dict)
    for row in rows_of(connection, county=county, year=year)(_KINDS):
        kind = tuple(code for code in PERSONS if row[f"is_{code.lower()}"])
        if len(kind) > 1:
            found[row["school_id"], row["stage"]][kind] = row["teachers"]
    return found


def read(
    connection: duckdb.DuckDBPyConnection,
    county: str,
    year: int,
    groups_year: int,
    limits: Limits,
    joint: Joint,
    closing: Collection[str] = (),
) -> County:
    """Return a county as a warehouse has it.

    Args:
        connection: a published warehouse, or one made for a what-if.
        county: its code there.
        year: of the census.
        groups_year: whose groups hold.
        limits: what the office allows.
        joint: who counts for several indicators, by the schools of this warehouse.
        closing: schools that close before the year of the plan; they have no pupils in this warehouse.
    """
    rows = rows_of(connection, county=county, year=year)
    groups: dict[str, set[str]] = defaultdict(set)
    for row in rows_of(connection, county=county, year=groups_year)(_GROUPS):
        groups[row["school_id"]].add(row["group_name"])
    by_place: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows(_FIGURES):
        by_place[row["school_id"], row["stage"]].append(row)
    places, standing, left_out, closed, names, private, disagreeing = [], [], [], [], {}, set(), set()
    for (school, stage), figures in by_place.items():
        names[school] = figures[0]["school_name"]
        judged = [row for row in figures if row["verdict"] != "not_applicable"]
        missing = [row for row in judged if row["verdict"] == "no_data"]
        if not judged:  # no pupils at this stage
            if school in closing:
                closed.append(_closing(figures, groups[school], joint.get((school, stage), {})))
            continue
        if not figures[0]["is_public"]:
            private.add(school)
        known = {row["indicator_code"]: row["quantity"] for row in judged if row["quantity"] is not None}
        pupils = judged[0]["pupils"]
        if missing or set(known) != set(INDICATORS):
            codes = tuple(row["indicator_code"] for row in missing)
            left_out.append(LeftOut(school, names[school], stage, codes, missing[0]["reason"] if missing else ""))
            if pupils:
                standing.append(Standing(stage, pupils, known))
            continue
        place = Place(
            school=school,
            stage=stage,
            pupils=pupils,
            quantity=known,
            need={row["indicator_code"]: row["need"] * pupils for row in judged},
            floor={row["indicator_code"]: row["floor"] * pupils for row in judged},
            share=figures[0]["share"],
            to_meet=int(figures[0]["indicators_to_meet"]),
            groups=frozenset(groups[school]),
            is_public=figures[0]["is_public"],
            joint=joint.get((school, stage), {}),
        )
        if _disagrees(place):
            disagreeing.add(school)
            place = replace(place, joint={})
        places.append(place)
    left_out += [LeftOut(row["school_id"], row["school_name"], "", (), row["reason"] or "") for row in rows(_UNKNOWN)]
    limits_of_stages = {row["stage"]: row["cv_limit"] for row in rows(_LIMITS)}
    problem = Problem(tuple(places), limits_of_stages, tuple(standing), tuple(closed), limits)
    return County(problem, names, tuple(left_out), tuple(sorted(private)), tuple(sorted(disagreeing)))


def _closing(figures: list[dict[str, Any]], groups: Collection[str], joint: Mapping[Kind, int]) -> Place:
    """Return a school-stage that closes: the teachers whom it has, of what is known of them."""
    first = figures[0]
    persons = {row["indicator_code"]: row["quantity"] or 0.0 for row in figures if row["indicator_code"] in PERSONS}
    place = Place(
        first["school_id"],
        first["stage"],
        0.0,
        dict.fromkeys(PERSONS, 0.0) | persons,
        {},
        {},
        groups=frozenset(groups),
        is_public=first["is_public"],
        joint=joint,
    )
    return replace(place, joint={}) if _disagrees(place) else place


def _disagrees(place: Place) -> bool:
    """Return whether a register tells of more teachers of a kind than the census has."""
    return any(place.persons((code,)) < 0 for code in PERSONS)


def prices(
    connection: duckdb.DuckDBPyConnection, county: str, year: int
) -> tuple[dict[tuple[str, str], float], dict[str, str]]:
    """Return (indicator, stage) → yuan a unit, by the county's price list of a year; and indicator → who says so."""
    found, sources = {}, {}
    for row in rows_of(connection, county=county, year=year)(_PRICES):
        for stage in _STAGES if row["stage"] == "all" else [row["stage"]]:
            found[row["indicator_code"], stage] = row["price_yuan"]
        sources[row["indicator_code"]] = row["source"] or ""
    return found, sources
