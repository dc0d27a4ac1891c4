"""Makes a county's plans: for the pupils of the target year, and for those of today; each judged by the warehouse."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from junheng.home import Home
from junheng.plan import classes, cohorts, county
from junheng.plan.limits import require_prices
from junheng.plan.problem import WITH_PRICES, WITHOUT_PRICES, Answer, Kind, Limits, Status
from junheng.plan.search import search
from junheng.plan.steps import Step, changes_of, over_years, steps_of
from junheng.whatif.changes import Change, Figures, class_sizes
from junheng.whatif.scratch import Scenario, judge
from publish.language import say

AHEAD, TODAY = "target_year", "today"  # whose pupils


class PlanFails(RuntimeError):
    """A plan does not hold when the warehouse judges it."""


@dataclass(frozen=True)
class Plan:
    """What was found for one scenario."""

    scenario: str
    census_year: int
    target_year: int
    county: county.County
    answer: Answer
    steps: tuple[Step, ...]
    too_many_pupils: dict[str, float]  # school → pupils over its size, which no step mends
    not_mended: tuple[tuple[str, str], ...]  # (school, indicator) of which too little is known to mend it
    as_today: tuple[str, ...]  # schools whose pupils of the target year are not known
    price_sources: dict[str, str]  # indicator → who says what a unit costs
    pupils: dict[tuple[str, str], float]  # (school or point, stage) → pupils of the target year
    on_record: tuple[cohorts.SchoolChange, ...]  # changes of schools that the target year's pupils depend on
    closing: tuple[str, ...] = ()  # of these, schools whose pupils are at others, and whose teachers can go

    @property
    def is_whole(self) -> bool:
        """Return whether every school is in it: else the county as a whole stays open, whatever is done."""
        return not (self.county.left_out or self.too_many_pupils or self.not_mended)

    @property
    def cost_yuan(self) -> float | None:
        """Return what the steps cost, of those that have a price; None where the office has given no price."""
        if not self.county.problem.limits.prices:
            return None
        return sum(step.cost_yuan for step in self.steps if step.cost_yuan is not None)


@dataclass(frozen=True)
class Order:
    """What is asked for."""

    county: str
    census_year: int
    target_year: int
    limits: Limits  # posts and money of one year
    seconds: float


@dataclass(frozen=True)
class _Draft:
    plan: Plan
    code: str  # under which it is judged
    figures: Figures  # with the steps made
    divided: list[classes.Division]
    rooms: list[classes.Room]


def make(home: Home, run: Path, order: Order, folder: Path, progress: Callable[[str], None]) -> list[Plan]:
    """Return the plan for the target year's pupils and the one for today's.

    Args:
        home: the installation; only read.
        run: folder of the published run.
        order: what is asked for.
        folder: where warehouses are made to judge in.
        progress: told what is being done.

    Raises:
        PlanFails: the warehouse judges a plan otherwise than the search did.
        ValueError: prices are missing without which money can't be limited.
        RuntimeError: a warehouse could not be made.
    """
    years = order.target_year - order.census_year
    with duckdb.connect(str(home.warehouse), read_only=True) as published:
        figures = Figures.of(published, order.county, order.census_year)
        ahead, as_today = cohorts.pupils_ahead(published, order.county, order.census_year, years)
        known = {school for school, _, measure in figures.cells if measure == "pupils"}
        for (school, stage), pupils in ahead.items():
            if school in known and figures.cells.get((school, stage, "pupils")) is not None:
                figures.cells[school, stage, "pupils"] = pupils
        progress(
            say(
                f"推算 {order.target_year} 年秋季学生数，并由数据仓库判定…",
                f"pupils of autumn {order.target_year}, judged by the warehouse …",
            )
        )
        on_record = cohorts.changes_ahead(published, order.county, order.census_year, order.target_year)
        merged = [one for one in on_record if _merge(figures, one)]
        closing = [one for one in on_record if _close(figures, one)]
        of_today = Figures.of(published, order.county, order.census_year)
        names = tuple(figures.schools.get(school, school) for school in sorted({school for school, _ in as_today}))
        known_ahead = _Ahead(names, tuple(on_record), tuple(merged), tuple(closing))
        joint = county.joint_teachers(published, order.county, order.census_year)
        drafts = [_draft(published, order, TODAY, of_today, joint, _Ahead(), "100001", progress)]
    before = judge(home, run, order.county, order.census_year, [Scenario(order.county, figures)], folder / "before")
    with duckdb.connect(str(before), read_only=True) as judged:
        drafts.insert(0, _draft(judged, order, AHEAD, figures, joint, known_ahead, "100002", progress))
    _judge_again(home, run, order, [d for d in drafts if d.plan.answer.status is Status.OPTIMAL], folder, progress)
    return [draft.plan for draft in drafts]


@dataclass(frozen=True)
class _Ahead:
    """What is known of the years until the target year, beside the pupils."""

    as_today: tuple[str, ...] = ()
    on_record: tuple[cohorts.SchoolChange, ...] = ()
    merged: tuple[cohorts.SchoolChange, ...] = ()
    closing: tuple[cohorts.SchoolChange, ...] = ()


def _merge(figures: Figures, change: cohorts.SchoolChange) -> bool:
    """Count a school with the one that it is merged into, as is on record; return whether that can be done."""
    if change.change != "merged":
        return False
    try:
        figures.apply([Change("merge", change.school, to_school_id=change.successor)])
    except ValueError:  # one of the two is not in the census, or lacks a stage
        return False
    return True


def _close(figures: Figures, change: cohorts.SchoolChange) -> bool:
    """Let the other schools of its stages take the pupils of a school that closes; return whether that can be done.

    Each takes as many as its share of their pupils. What a point is counted for stays with its school.
    """
    school = change.school
    is_alone = [member for member, of in figures.counted_with.items() if of == school] == [school]
    leaving = {stage: figures.cells.get((school, stage, "pupils")) or 0.0 for stage in ("primary", "junior")}
    others = {
        stage: {
            cell: value
            for cell, value in figures.cells.items()
            if cell[1:] == (stage, "pupils") and cell[0] != school and value
        }
        for stage in leaving
    }
    if change.change != "closed" or not is_alone or any(leaving[stage] and not others[stage] for stage in leaving):
        return False
    for stage in leaving:
        for cell, more in cohorts.shared_out(leaving[stage], others[stage]).items():
            figures.cells[cell] = others[stage][cell] + more
        for measure in ("pupils", *class_sizes()):
            if figures.cells.get((school, stage, measure)):
                figures.cells[school, stage, measure] = 0.0
    return True


def _draft(
    connection: duckdb.DuckDBPyConnection,
    order: Order,
    scenario: str,
    figures: Figures,
    joint: county.Joint,
    ahead: _Ahead,
    code: str,
    progress: Callable[[str], None],
) -> _Draft:
    """Search for the plan of one scenario, in the warehouse that has its figures."""
    years = list(range(order.census_year + 1, order.target_year + 1))
    prices, sources = county.prices(connection, order.county, order.target_year)
    prices = {**prices, **order.limits.prices}
    limits = replace(
        order.limits,
        posts=None if order.limits.posts is None else order.limits.posts * len(years),
        budget_yuan=None if order.limits.budget_yuan is None else order.limits.budget_yuan * len(years),
        prices=prices,
        order=order.limits.order or (WITH_PRICES if prices else WITHOUT_PRICES),
    )
    require_prices(limits)
    of_schools = _by_school(joint, figures.counted_with)
    closing = {one.school: one.year for one in ahead.closing}
    here = (connection, order.county, order.census_year)
    found = county.read(*here, order.census_year, limits, of_schools, closing)
    divided = [d for d in classes.divisions(*here, figures) if d.school not in closing]
    rooms = [room for room in classes.rooms(*here, divided) if room.school not in closing]
    spent = sum(room.rooms * max(prices.get(("G3", s), 0.0) for s in ("primary", "junior")) for room in rooms)
    problem = replace(found.problem, spent_yuan=spent)
    found = replace(found, problem=problem)
    progress(
        say(
            f"求解{'目标年' if scenario == AHEAD else '按今年学生数'}的最小方案…",
            f"searching, pupils {'of the target year' if scenario == AHEAD else 'of today'} …",
        )
    )
    answer = search(problem, order.seconds)
    steps = steps_of(problem, answer, divided, rooms, found.names) if answer.status is Status.OPTIMAL else []
    merges = [
        Step("merge", "", "all", one.successor, 1, "schools", from_school=one.school, due_year=one.year)
        for one in ahead.merged
    ]
    plan = Plan(
        scenario,
        order.census_year,
        order.target_year,
        found,
        answer,
        (*(merges if steps else []), *over_years(steps, years, limits, found.private, closing)),
        classes.too_many_pupils(*here),
        tuple(sorted(one for one in classes.not_mended(*here, divided, rooms) if one[0] not in closing)),
        ahead.as_today,
        sources,
        {cell[:2]: value for cell, value in figures.cells.items() if cell[2] == "pupils" and value is not None}
        if scenario == AHEAD
        else {},
        ahead.on_record,
        tuple(closing),
    )
    after = replace(figures, cells=dict(figures.cells))
    after.apply(changes_of(plan.steps, figures, _counted(connection)))
    return _Draft(plan, code, after, divided, rooms)


def _by_school(joint: county.Joint, counted_with: Mapping[str, str]) -> county.Joint:
    """Return the teachers of schools and their points, added up by the school that they are counted with."""
    found: dict[tuple[str, str], Counter[Kind]] = defaultdict(Counter)
    for (member, stage), kinds in joint.items():
        found[counted_with.get(member, member), stage].update(kinds)
    return found


def _counted(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[str]]:
    """Return (indicator, stage) → the figures that count persons for it."""
    found = defaultdict(list)
    for code, stage, measure in connection.execute(
        "select indicator_code, stage, measure from seeds.indicator_measures where not is_shared and sign > 0 order by "
        "all"
    ).fetchall():
        found[code, stage].append(measure)
    return found


_VERDICTS = """
    select 'school' as what, school_id, stage, '' as indicator_code, verdict
    from marts.mart_school_compliance where county_code = $county and census_year = $year
    union all
    select 'coefficient', '', stage, indicator_code, verdict
    from marts.mart_resource_balance where county_code = $county and census_year = $year
    union all
    select 'place', school_id, stage, indicator_code, verdict
    from marts.mart_government_assurance
    where county_code = $county and assessment_year = $year + 1 and judged_at <> 'county'
        and indicator_code in ('G3', 'G5')
    order by all
"""


def _judge_again(
    home: Home, run: Path, order: Order, drafts: list[_Draft], folder: Path, progress: Callable[[str], None]
) -> None:
    """Judge the plans by the warehouse's own SQL.

    Raises:
        PlanFails: one of them does not hold there.
    """
    if not drafts:
        return
    progress(say("由数据仓库重新判定方案…", "the plans are judged by the warehouse …"))
    scenarios = [Scenario(draft.code, draft.figures) for draft in drafts]
    after = judge(home, run, order.county, order.census_year, scenarios, folder / "after")
    with duckdb.connect(str(after), read_only=True) as connection:
        for draft in drafts:
            verdicts = connection.execute(_VERDICTS, {"county": draft.code, "year": order.census_year}).fetchall()
            if wrong := [row for row in verdicts if not _holds(draft, *row)]:
                raise PlanFails(
                    say(
                        f"方案经数据仓库判定不成立，这是程序的错误，请报告：{wrong[:5]}",
                        f"the warehouse judges the plan otherwise, which is a fault of this program: {wrong[:5]}",
                    )
                )


def _holds(draft: _Draft, what: str, school: str, stage: str, indicator: str, verdict: str) -> bool:
    """Return whether a verdict is what the plan promises; of what it leaves out it promises nothing."""
    if verdict in ("pass", "not_applicable") or school in draft.plan.closing:
        return True
    left_out = {(one.school, one.stage) for one in draft.plan.county.left_out}
    if what == "school":
        return (school, stage) in left_out or stage == "unknown"
    if what == "coefficient":
        return verdict == "no_data" and bool(left_out)
    is_touched = school in {draft.figures.counted_with.get(d.school) for d in draft.divided} and indicator == "G5"
    is_touched |= school in {r.school for r in draft.rooms} and indicator == "G3"
    return (school, indicator) in draft.plan.not_mended or (verdict == "no_data" and not is_touched)
