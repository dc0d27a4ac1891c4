"""The search for the least plan: a mixed-integer program, and the coefficients as cones where a plan breaks one.

With pupils fixed a coefficient holds where sum(x[i]**2 / (P[i] * S)) <= (1 + limit**2) / P * S, S being the county's
quantity: each addend is convex in x[i] and S. So it is cut down by tangents, school by school, until the plan holds;
what they leave out no plan can reach, which makes the least value of the cut-down program a bound.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import product
from math import ceil, floor, sqrt

from extract.common.noise import NOISE
from junheng.plan.problem import (
    AREAS,
    INDICATORS,
    PERSONS,
    ROOMS,
    WHOLE,
    YUAN,
    Answer,
    Goal,
    Kind,
    Limit,
    Limits,
    Place,
    Problem,
    Purchase,
    Reached,
    Status,
    Transfer,
)
from junheng.plan.program import Expression, Outcome, Program, total

MARGIN = 1e-6  # by which coefficients of what comes in fractions are held under their limits, relative
_UNITS = {"R6": 1000.0}  # yuan are counted in thousands: figures of one size are solved exactly
_DIGITS = {"R4": 2, "R5": 2, "R6": 0}  # places after the point of what is bought
_FAN = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)  # first tangents, in shares of an even distribution
_YUAN_A_UNIT = {Goal.MONEY: 1000.0, Goal.EQUIPMENT: 1000.0}  # of what is least


def search(problem: Problem, seconds: float = 60.0) -> Answer:
    """Return the least plan with its bounds, or the limits that none keeps, or how far the search came in its time."""
    started = time.monotonic()
    until = started + seconds
    answer = _search(problem, until)
    if answer.status is Status.INFEASIBLE:
        answer = replace(answer, in_the_way=tuple(_irreducible(problem, until)))
    return replace(answer, seconds=time.monotonic() - started)


def _irreducible(problem: Problem, until: float) -> list[Limit]:
    """Return limits of which none can be left out: without any one of them there is a plan."""
    kept = problem.limits.active()
    for limit in problem.limits.active():
        fewer = [other for other in kept if other != limit]
        eased = replace(problem, limits=_only(problem.limits, fewer))
        if _search(eased, until, goals=()).status is Status.INFEASIBLE:
            kept = fewer
    return kept


def _only(limits: Limits, kept: list[Limit]) -> Limits:
    return replace(
        limits,
        no_transfers=limits.no_transfers and Limit.NO_TRANSFERS in kept,
        within_groups=limits.within_groups and Limit.WITHIN_GROUPS in kept,
        posts=limits.posts if Limit.POSTS in kept else None,
        budget_yuan=limits.budget_yuan if Limit.BUDGET in kept else None,
    )


def _search(problem: Problem, until: float, goals: Iterable[Goal] | None = None) -> Answer:
    """Search for the least of each goal, one after the other.

    What a program without some of the cones takes least no plan can take less of. So a plan that breaks a cone is cut
    off, but the search goes on with that least as a bound, and begins anew only where nothing keeps to it any more.
    """
    model = _Model(problem)
    wanted: list[Goal | None] = [*(problem.limits.order if goals is None else goals)] or [None]
    reached: list[Reached] = []
    kept: list[int] = []  # rows that keep to what is reached
    outcome, bound = Outcome.none(), 0.0
    while len(reached) < len(wanted):
        goal = wanted[len(reached)]
        objective = model.goal(goal) if goal else Expression()
        left = until - time.monotonic()
        outcome = model.program.minimise(objective, left) if left > 0 else Outcome.none()
        if outcome.is_infeasible and kept:
            for row in kept:
                model.program.release(row)
            reached, kept, bound = [], [], 0.0
            continue
        if outcome.is_infeasible:
            return Answer(Status.INFEASIBLE)
        if not outcome.is_optimal:
            bounds = [*reached, _reached(goal, float("nan"), max(outcome.bound, bound))] if goal else reached
            return Answer(Status.UNFINISHED, tuple(bounds))
        is_broken, is_last = model.cut(outcome.values), len(reached) == len(wanted) - 1
        if is_broken and is_last:
            bound = outcome.bound
            continue
        if not goal:
            break
        value = objective.at(outcome.values)
        reached.append(_reached(goal, value, outcome.bound))
        # As little as this, not less: what follows is least among such plans.
        kept.append(model.program.require(objective, upper=value + max(abs(value), 1.0) * 1e-7))
        bound = 0.0
    values = outcome.values
    return Answer(Status.OPTIMAL, tuple(reached), tuple(model.transfers(values)), tuple(model.purchases(values)))


def _reached(goal: Goal, value: float, bound: float) -> Reached:
    return Reached(goal, value * _YUAN_A_UNIT.get(goal, 1.0), bound * _YUAN_A_UNIT.get(goal, 1.0))


@dataclass
class _Cone:
    """A coefficient that a plan has broken: its addends and the county's quantity as variables."""

    addends: list[Expression] = field(default_factory=list)
    quantity: Expression = field(default_factory=Expression)
    size: float = 1.0  # what quantities are divided by


class _Model:
    """The program of a county."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.program = Program()
        self._given: dict[tuple[Kind, str, str], list[tuple[Place, Expression, Expression]]] = defaultdict(list)
        self._bought: dict[tuple[str, str, str], Expression] = {}  # (indicator, school, stage or all)
        self._quantities: dict[tuple[str, str], list[tuple[float, Expression]]] = defaultdict(list)
        self._cones: dict[tuple[str, str], _Cone] = {}
        self._kinds = _kinds(problem)
        for place in problem.places:
            self._add(place)
        for standing in problem.standing:
            for indicator, quantity in standing.quantity.items():
                self._quantities[standing.stage, indicator].append((standing.pupils, Expression(constant=quantity)))
        for place in problem.closing:
            self._moves(place, is_open=False)
        for pairs in self._given.values():
            self.program.require(total([taken.plus(given, -1) for _, given, taken in pairs]), 0, 0)
        limits = problem.limits
        if limits.posts is not None:
            self.program.require(self._posts(), upper=limits.posts)
        if limits.budget_yuan is not None:
            self.program.require(self.goal(Goal.MONEY), upper=(limits.budget_yuan - problem.spent_yuan) / 1000)

    def _add(self, place: Place) -> None:
        met = []
        quantities = {
            code: Expression(constant=place.quantity[code]).plus(
                self._buy(code, place.school, place.stage if code in PERSONS else "all"),
                1.0 if code in PERSONS else place.share,
            )
            for code in INDICATORS
        }
        for code, moved in self._moves(place, is_open=True).items():
            quantities[code] = quantities[code].plus(moved)
            self.program.require(quantities[code], 0)
        for indicator, quantity in quantities.items():
            low, high = (_at_least(place, indicator, bound[indicator]) for bound in (place.floor, place.need))
            is_met = self.program.variable(1, is_whole=True)
            unit = _UNITS.get(indicator, 1.0)
            self.program.require(quantity.plus(is_met, low - high), low) if unit == 1 else self.program.require(
                Expression().plus(quantity, 1 / unit).plus(is_met, (low - high) / unit), low / unit
            )
            met.append(is_met)
            self._quantities[place.stage, indicator].append((place.pupils, quantity))
        self.program.require(total(met), place.to_meet)

    def _moves(self, place: Place, *, is_open: bool) -> dict[str, Expression]:
        """Return who comes less who leaves, by indicator; to a place that closes nobody comes.

        Who counts for several indicators does so where he comes to as well.
        """
        found = {code: Expression() for code in PERSONS}
        groups = self._flows(place)
        for kind in self._kinds[place.stage]:
            most = place.persons(kind)
            given = [self.program.variable(most, is_whole=True) for _ in groups]
            for group, leaving in zip(groups, given, strict=True):
                coming = self.program.variable(is_whole=True) if is_open else Expression()
                self._given[kind, place.stage, group].append((place, leaving, coming))
                for code in kind:
                    found[code] = found[code].plus(coming).plus(leaving, -1)
            if len(groups) > 1:
                self.program.require(total(given), upper=most)
        return found

    def _flows(self, place: Place) -> list[str]:
        limits = self.problem.limits
        if limits.no_transfers or not place.is_public:
            return []
        return sorted(place.groups) if limits.within_groups else [""]

    def _buy(self, indicator: str, school: str, stage: str) -> Expression:
        key = (indicator, school, stage)
        if key not in self._bought:
            self._bought[key] = self.program.variable(is_whole=indicator in WHOLE)
        return Expression().plus(self._bought[key], _UNITS.get(indicator, 1.0))

    def goal(self, goal: Goal) -> Expression:
        """Return what is to be least: persons, rooms, m2; yuan in thousands."""
        if goal is Goal.TRANSFERS:
            return total([taken for pairs in self._given.values() for _, _, taken in pairs])
        if goal is Goal.MONEY:
            stages: dict[str, set[str]] = defaultdict(set)
            for place in self.problem.places:
                stages[place.school].add(place.stage)
            return total(
                [
                    Expression().plus(bought, self._price(indicator, stages[school] if stage == "all" else {stage}))
                    for (indicator, school, stage), bought in self._bought.items()
                ]
            )
        counted = {Goal.HIRES: PERSONS, Goal.ROOMS: ROOMS, Goal.AREA: AREAS, Goal.EQUIPMENT: YUAN}[goal]
        return total([bought for (indicator, _, _), bought in self._bought.items() if indicator in counted])

    def _posts(self) -> Expression:
        """Return who is hired at public schools: only there is a post the office's to give."""
        public = {place.school for place in self.problem.places if place.is_public}
        return total(
            [b for (indicator, school, _), b in self._bought.items() if indicator in PERSONS and school in public]
        )

    def _price(self, indicator: str, stages: set[str]) -> float:
        """Return what a unit costs, in thousands of yuan; of several stages the dearest."""
        prices = self.problem.limits.prices
        return max(prices.get((indicator, stage), 1.0 if indicator in YUAN else 0.0) for stage in stages) * (
            _UNITS.get(indicator, 1.0) / 1000
        )

    def cut(self, values: list[float]) -> bool:
        """Cut off a plan that breaks coefficients; return whether it does."""
        broken = False
        for (stage, indicator), quantities in self._quantities.items():
            limit = self.problem.coefficient_limits[stage]
            amounts = [(pupils, quantity.at(values)) for pupils, quantity in quantities]
            margin = 0.0 if indicator in PERSONS else MARGIN
            if coefficient(amounts) > limit * (1 + NOISE / 2 - margin / 2):
                broken = True
                self._cut(stage, indicator, [amount for _, amount in amounts], limit * (1 - margin))
        return broken

    def _cut(self, stage: str, indicator: str, amounts: list[float], limit: float) -> None:
        quantities = self._quantities[stage, indicator]
        pupils = sum(own for own, _ in quantities)
        whole = sum(amounts)
        cone = self._cones.get((stage, indicator))
        if cone is None:
            cone = self._cones[stage, indicator] = _Cone(size=max(whole, 1.0) / len(amounts))
            cone.quantity = self.program.variable()
            all_of_it = total([Expression().plus(quantity, 1 / cone.size) for _, quantity in quantities])
            self.program.require(cone.quantity.plus(all_of_it, -1), 0, 0)
            cone.addends = [self.program.variable() for _ in quantities]
            self.program.require(total(cone.addends).plus(cone.quantity, -(1 + limit**2)), upper=0)
            for place, (own, _) in enumerate(quantities):
                for factor in _FAN:
                    self._touch(cone, stage, indicator, place, factor * own / pupils, pupils)
        # Where the way from the plan to an even distribution enters the cone; and at the plan itself.
        inwards = 1 - limit / coefficient([(own, amount) for (own, _), amount in zip(quantities, amounts, strict=True)])
        for place, ((own, _), amount) in enumerate(zip(quantities, amounts, strict=True)):
            for part in (inwards, 0.0):
                share = (1 - part) * amount / whole + part * own / pupils
                self._touch(cone, stage, indicator, place, share, pupils)

    def _touch(self, cone: _Cone, stage: str, indicator: str, place: int, share: float, pupils: float) -> None:
        """Keep an addend over the tangent at a school's share of the county's quantity."""
        own, quantity = self._quantities[stage, indicator][place]
        addend = Expression().plus(cone.addends[place], own / pupils)
        tangent = addend.plus(quantity, -2 * share / cone.size).plus(cone.quantity, share**2)
        self.program.require(tangent, 0)

    def transfers(self, values: list[float]) -> Iterable[Transfer]:
        """Return who gives to whom: inside groups first, large numbers first."""
        for (kind, stage, group), pairs in sorted(self._given.items(), key=lambda item: item[0]):
            places = {place.school: place for place, _, _ in pairs}
            left = {place.school: round(taken.at(values) - given.at(values)) for place, given, taken in pairs}
            takers = sorted((school for school in left if left[school] > 0), key=lambda school: (-left[school], school))
            givers = sorted((school for school in left if left[school] < 0), key=lambda school: (left[school], school))
            for is_inside in (True, False):
                for taker, giver in product(takers, givers):
                    shared = sorted(places[taker].groups & places[giver].groups)
                    persons = min(left[taker], -left[giver])
                    if persons > 0 and (shared or not is_inside):
                        left[taker] -= persons
                        left[giver] += persons
                        of_group = group or (shared[0] if shared else "")
                        yield Transfer(kind, stage, giver, taker, persons, of_group)

    def purchases(self, values: list[float]) -> Iterable[Purchase]:
        """Return what comes from outside, rounded up to what can be bought."""
        for (indicator, school, stage), bought in self._bought.items():
            amount = bought.at(values) * _UNITS.get(indicator, 1.0)
            if indicator in WHOLE:
                amount = round(amount)
            else:
                digits = _DIGITS[indicator]
                less, more = (round(way(amount * 10**digits) / 10**digits, digits) for way in (floor, ceil))
                # What was searched for first may be passed by a hair: less will do if it reaches the same.
                amount = (
                    less if self._reached(indicator, school, less) == self._reached(indicator, school, amount) else more
                )
            if amount > 0:
                yield Purchase(indicator, school, stage, amount)

    def _reached(self, indicator: str, school: str, amount: float) -> list[bool]:
        """Return whether a school's stages reach floor and standard with so much more."""
        return [
            place.quantity[indicator] + place.share * amount >= bound[indicator] * (1 - NOISE)
            for place in self.problem.places
            if place.school == school
            for bound in (place.floor, place.need)
        ]


def _kinds(problem: Problem) -> dict[str, list[Kind]]:
    """Return the kinds of teachers that a county has at each stage."""
    found: dict[str, set[Kind]] = defaultdict(set)
    for place in (*problem.places, *problem.closing):
        found[place.stage] |= {(code,) for code in PERSONS} | {kind for kind, count in place.joint.items() if count}
    return {stage: sorted(kinds) for stage, kinds in found.items()}


def _at_least(place: Place, indicator: str, quantity: float) -> float:
    """Return the least quantity that reaches one: the next whole number where only whole ones come."""
    if indicator in PERSONS and place.quantity[indicator] % 1 == 0:
        return ceil(quantity * (1 - NOISE))
    return quantity


def coefficient(amounts: list[tuple[float, float]]) -> float:
    """Return the difference coefficient of (pupils, quantity) pairs; 0 where there is nothing to compare."""
    pupils, whole = sum(own for own, _ in amounts), sum(quantity for _, quantity in amounts)
    if pupils <= 0 or whole <= 0:
        return 0.0
    mean = whole / pupils
    return sqrt(sum(own / pupils * (quantity / own - mean) ** 2 for own, quantity in amounts)) / mean
