"""From the least plan to its steps: who gives, who gets, in which year, what it costs and what it mends."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from extract.common.noise import NOISE
from junheng.plan.classes import Division, Room
from junheng.plan.problem import PERSONS, Answer, Limits, Place, Problem
from junheng.whatif.changes import Change, Figures

UNITS = dict.fromkeys(PERSONS, "persons") | {"R4": "m2", "R5": "m2", "R6": "yuan", "R7": "rooms"}
# Which figure of the census grows: of several that would do, the one that counts nowhere else.
_GROWING = {
    "R1": "teachers_bachelor",
    "R2": "backbone_teachers",
    "R3": "teachers_pe",
    "R4": "teaching_area_m2",
    "R5": "sports_ground_area_m2",
    "R6": "equipment_value_yuan",
    "R7": "multimedia_rooms",
}
# What is done first: persons move, then persons come, then goods.
_KINDS = ("transfer", "hire", "divide", "rooms", "build", "equip")
_KIND_OF = dict.fromkeys(PERSONS, "hire") | {"R4": "build", "R5": "build", "R6": "equip", "R7": "rooms"}


@dataclass(frozen=True)
class Step:
    """One line of a plan."""

    kind: str
    indicator: str
    stage: str
    school: str
    amount: float
    unit: str
    from_school: str = ""
    group: str = ""
    measure: str = ""  # of the census or register, which grows; of a division, the size that is divided
    into_measure: str = ""
    into_amount: float = 0.0
    due_year: int = 0
    cost_yuan: float | None = None
    mends: str = ""  # standard, floor, coefficient
    together: int = 0  # same number: the same teachers, who count for several indicators; 0: for this one alone
    is_same: bool = False  # of such lines all but the first, which counts the persons


def steps_of(
    problem: Problem, answer: Answer, divisions: list[Division], rooms: list[Room], names: Mapping[str, str]
) -> list[Step]:
    """Return the steps of a plan, in the order in which they are made, without their years."""
    mended = _mended(problem, answer)
    stages = defaultdict(list)
    for place in problem.places:
        stages[place.school].append(place.stage)
    prices = problem.limits.prices

    def cost(indicator: str, stage: str, school: str, amount: float) -> float | None:
        known = [prices.get((indicator, s)) for s in (stages[school] or ["primary"] if stage == "all" else [stage])]
        of_yuan = 1.0 if indicator == "R6" else None
        found = [price if price is not None else of_yuan for price in known]
        priced = [price for price in found if price is not None]
        return amount * max(priced) if priced else None

    steps = [
        Step(
            "transfer",
            code,
            t.stage,
            t.taker,
            t.persons,
            "persons",
            from_school=t.giver,
            group=t.group,
            cost_yuan=0.0 if prices else None,
            mends=mended(code, t.taker, t.stage),
            together=number if len(t.kind) > 1 else 0,
            is_same=code != t.kind[0],
        )
        for number, t in enumerate(answer.transfers, 1)
        for code in t.kind
    ]
    for p in answer.purchases:
        mends = {
            mended(p.indicator, p.school, stage) for stage in ([p.stage] if p.stage != "all" else stages[p.school])
        }
        steps.append(
            Step(
                _KIND_OF[p.indicator],
                p.indicator,
                p.stage,
                p.school,
                p.amount,
                UNITS[p.indicator],
                measure=_GROWING[p.indicator],
                cost_yuan=cost(p.indicator, p.stage, p.school, p.amount),
                mends=min(mends, key=("standard", "floor", "coefficient").index),
            )
        )
    for d in divisions:
        steps.append(
            Step(
                "divide",
                "G5",
                d.stage,
                d.school,
                d.classes,
                "classes",
                measure=d.size,
                into_measure=d.into,
                into_amount=d.classes + d.more,
                mends="standard",
            )
        )
    for r in rooms:
        steps.append(
            Step(
                "rooms",
                "G3",
                "all",
                r.school,
                r.rooms,
                "rooms",
                measure=r.measure,
                cost_yuan=cost("G3", "all", r.school, r.rooms),
                mends="standard",
            )
        )
    worst = _severity(problem)
    return sorted(
        steps,
        key=lambda s: (
            _KINDS.index(s.kind),
            -worst.get(s.school, 0.0),
            names.get(s.school, s.school),
            s.together,
            s.indicator,
        ),
    )


def _mended(problem: Problem, answer: Answer) -> Callable[[str, str, str], str]:
    """Return a function that says what a step mends: the standard is met then, or the floor, or a coefficient only."""
    places = {place.key: place for place in problem.places}
    now = {(place.key, code): quantity for place in problem.places for code, quantity in place.quantity.items()}
    for transfer in answer.transfers:
        for code in transfer.kind:
            now[(transfer.taker, transfer.stage), code] += transfer.persons
    for purchase in answer.purchases:
        for place in problem.places:
            if place.school == purchase.school and purchase.stage in (place.stage, "all"):
                share = place.share if purchase.stage == "all" else 1.0
                now[place.key, purchase.indicator] += purchase.amount * share

    def mends(indicator: str, school: str, stage: str) -> str:
        place: Place = places[school, stage]
        before, after = place.quantity[indicator], now[place.key, indicator]
        for name, bounds in (("standard", place.need), ("floor", place.floor)):
            least = bounds[indicator] * (1 - NOISE)
            if before < least <= after:
                return name
        return "coefficient"

    return mends


def _severity(problem: Problem) -> dict[str, float]:
    """Return school → how far its worst figure lies under the standard."""
    found: dict[str, float] = defaultdict(float)
    for place in problem.places:
        for code, need in place.need.items():
            if need > 0:
                found[place.school] = max(found[place.school], 1 - place.quantity[code] / need)
    return found


def over_years(
    steps: list[Step], years: list[int], limits: Limits, private: Collection[str], closing: Mapping[str, int]
) -> list[Step]:
    """Return the steps with the year by whose end each is done.

    Up to a year's end no more posts are filled and no more money is spent than the yearly limits add up to; where the
    office sets none, persons, classes, rooms, area and money are spread evenly. What a year leaves goes to the next.
    Private schools, whose codes are given, fill no posts. Who leaves a school that closes does so in its year.
    """
    spread: dict[str, float] = defaultdict(float)
    totals: dict[str, float] = defaultdict(float)
    for step in steps:
        totals[_account(step, limits, private)] += _weight(step)
    given = {"hire": limits.posts, "money": limits.budget_yuan}
    dated = []
    for step in steps:
        account = _account(step, limits, private)
        spread[account] += _weight(step)
        most = given.get(account)
        whole = totals[account] if most is None else max(float(most), totals[account])
        part = spread[account] / whole if whole else 0.0
        number = next((n for n in range(1, len(years) + 1) if part <= n / len(years) * (1 + NOISE)), len(years))
        dated.append(replace(step, due_year=closing.get(step.from_school, years[number - 1])))
    return dated


def _account(step: Step, limits: Limits, private: Collection[str]) -> str:
    """Return what a step draws on."""
    if step.kind == "hire" and step.school in private:
        return "hire at a private school"
    if step.kind in ("transfer", "hire", "divide"):
        return step.kind
    return "money" if step.cost_yuan is not None and (limits.prices or limits.budget_yuan is not None) else step.unit


def _weight(step: Step) -> float:
    if step.is_same:
        return 0.0
    if step.kind in ("transfer", "hire", "divide"):
        return step.amount
    return step.cost_yuan if step.cost_yuan is not None else step.amount


def changes_of(steps: Iterable[Step], figures: Figures, counted: Mapping[tuple[str, str], list[str]]) -> list[Change]:
    """Return the steps as changes of census figures, by which they are judged.

    Args:
        steps: the plan.
        figures: of the census that is changed.
        counted: (indicator, stage) → the figures that count persons for it.
    """
    left = dict(figures.cells)
    changes: list[Change] = []
    for step in steps:
        if step.kind == "merge":  # on record: made before the plan was searched for
            continue
        if step.kind == "transfer":
            changes += _moves(step, figures, left, counted)
        elif step.kind == "divide":
            changes.append(Change("add", step.school, step.stage, step.measure, -step.amount))
            changes.append(Change("add", step.school, step.stage, step.into_measure, step.into_amount))
        else:
            changes.append(Change("add", step.school, step.stage, step.measure, step.amount))
    return changes


def _moves(
    step: Step,
    figures: Figures,
    left: dict[tuple[str, str, str], float | None],
    counted: Mapping[tuple[str, str], list[str]],
) -> list[Change]:
    """Return a transfer as changes: of the school's persons of that kind, first of whom it has most."""
    persons = int(step.amount)
    found = []
    while persons:
        cells = [
            (left.get((member, step.stage, measure)) or 0.0, member, measure)
            for member, school in figures.counted_with.items()
            if school == step.from_school
            for measure in counted[step.indicator, step.stage]
        ]
        count, member, measure = max(cells, key=lambda cell: (cell[0], cell[1] == step.from_school, cell[2]))
        moved = int(min(count, persons))
        if moved <= 0:
            raise ValueError(f"{step.from_school} has no {step.indicator} left to give")
        left[member, step.stage, measure] = count - moved
        persons -= moved
        found.append(Change("move", member, step.stage, measure, moved, step.school))
    return found
