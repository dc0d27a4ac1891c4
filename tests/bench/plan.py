"""What a proven plan costs, and what it saves: counties of 60 and 400 schools, two simple rules beside the plan,
limits tightened until the search does not end, and how well pupils are projected. Prints Markdown.
"""

import argparse
import shutil
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import duckdb

from junheng.plan import cohorts, county
from junheng.plan.problem import PERSONS, Answer, Limits, Place, Problem
from junheng.plan.search import search
from tests.conftest import Office

_YEARS = "2022-2025"
_LAST = 2025
_SHARES = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2)  # of the coefficients' limits


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", default="60,400", help="sizes of the counties")
    parser.add_argument("--seconds", type=float, default=30, help="for each search with tightened limits")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    sizes = [int(size) for size in options.schools.split(",")]
    print(
        "| schools | whole command s | search s (target year, today) | plan: hires, transfers | every gap filled | the "
        "least filled, school by school |\n|---:|---:|---|---|---:|---:|"
    )
    for size in sizes:
        office = _county(folder, size)
        start = time.perf_counter()
        done = office.run("plan", "--county", _code(size))
        whole = time.perf_counter() - start
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        problem = _problem(office, size)
        answer = search(problem, 300)
        hires, transfers = (round(one.value) for one in answer.reached[:2])
        found = [line for line in done.stdout.splitlines() if "秒" in line]
        seconds = ", ".join(line.split("，")[1].split(" 秒")[0] for line in found)
        print(
            f"| {size} | {whole:.1f} | {seconds} | {hires}, {transfers} | {_every_gap(problem)} hires | "
            f"{_least_of_each(problem)} hires |",
            flush=True,
        )
    _tightened(_problem(Office(folder / str(sizes[0])), sizes[0]), options.seconds)
    _projected(Office(folder / str(sizes[0])), sizes[0])
    shutil.rmtree(folder)


def _code(size: int) -> str:
    return f"6498{size % 100:02d}"


def _county(folder: Path, size: int) -> Office:
    office = Office(folder / str(size))
    office.landing.mkdir(parents=True)
    office.run(
        *("synthetic", office.landing, "--county", _code(size), "--schools", str(size), "--years", _YEARS),
        *("--sources", "all"),
    )
    office.refresh()
    return office


def _problem(office: Office, size: int) -> Problem:
    with duckdb.connect(str(office.root / "published" / "junheng.duckdb"), read_only=True) as connection:
        joint = county.joint_teachers(connection, _code(size), _LAST)
        return county.read(connection, _code(size), _LAST, _LAST, Limits(), joint).problem


def _missing(place: Place, code: str) -> int:
    return max(int(-(-(place.need[code] * (1 - 1e-9) - place.quantity[code]) // 1)), 0)


def _every_gap(problem: Problem) -> int:
    """Return the persons that are hired where each gap to a standard is filled."""
    return sum(_missing(place, code) for place in problem.places for code in PERSONS)


def _least_of_each(problem: Problem) -> int:
    """Return the persons that are hired where each school by itself leaves the costliest gap that it may leave."""
    hired = 0
    for place in problem.places:
        gaps = {code: _missing(place, code) for code in PERSONS}
        others = sum(place.quantity[code] < place.need[code] * (1 - 1e-9) for code in place.need if code not in PERSONS)
        may_stay = [c for c in PERSONS if gaps[c] and place.quantity[c] >= place.floor[c] * (1 - 1e-9) and not others]
        hired += sum(gaps.values()) - max((gaps[code] for code in may_stay), default=0)
    return hired


def _tightened(problem: Problem, seconds: float) -> None:
    """Print how the search ends where coefficients must be a share of their limits."""
    print("\n| limits of the coefficients | ends | s | hires, transfers |\n|---|---|---:|---|")
    for share in _SHARES:
        limits = {stage: limit * share for stage, limit in problem.coefficient_limits.items()}
        answer: Answer = search(replace(problem, coefficient_limits=limits), seconds)
        reached = ", ".join(f"{one.value:.0f}" for one in answer.reached[:2] if one.value == one.value)
        shown = ", ".join(f"{stage} {limit:.3f}" for stage, limit in sorted(limits.items(), reverse=True))
        print(f"| {shown} | {answer.status} | {answer.seconds:.1f} | {reached} |", flush=True)


def _projected(office: Office, size: int) -> None:
    """Print how far projected pupils are from those of the years on record, beside taking the last year's."""
    print("\n| years ahead | by cohorts | as in the last year |\n|---:|---:|---:|")
    errors: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    with duckdb.connect(str(office.root / "published" / "junheng.duckdb"), read_only=True) as connection:
        years = [
            year
            for (year,) in connection.execute(
                "select distinct census_year from marts.mart_school_compliance order by 1"
            ).fetchall()
        ]
        pupils = {year: cohorts.pupils_ahead(connection, _code(size), year, 0)[0] for year in years}
        for first in years:
            for last in years:
                if last > first:
                    ahead, _ = cohorts.pupils_ahead(connection, _code(size), first, last - first)
                    for place, actual in pupils[last].items():
                        if place in ahead and place[1] != "senior":
                            errors[last - first].append((actual, ahead[place], pupils[first][place]))
    for ahead_by, rows in sorted(errors.items()):
        whole = sum(actual for actual, _, _ in rows)
        of_rule, of_last = (sum(abs(row[0] - row[n]) for row in rows) / whole for n in (1, 2))
        print(f"| {ahead_by} | {of_rule:.1%} | {of_last:.1%} |")


if __name__ == "__main__":
    main()
