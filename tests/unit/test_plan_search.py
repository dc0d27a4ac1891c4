"""The least plan, beside what trying everything finds: tiny counties, where all that can be done can be listed."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from math import ceil, sqrt

import pytest

from junheng.plan.problem import INDICATORS, Goal, Limit, Limits, Place, Problem, Status
from junheng.plan.search import search
from tests.conftest import SOAK

_COUNTIES = 2_000 if SOAK else 200
_MOST = 16  # persons of a kind that a school of such a county can end with
_BOTH = ("R1", "R2")


def place(school: str, pupils: float, persons: dict[str, float], **more: object) -> Place:
    """Return a primary school that has enough of everything but persons of R1 (3 % of pupils) and R2 (2 %)."""
    quantity = dict.fromkeys(INDICATORS, float(pupils)) | persons
    need = dict.fromkeys(INDICATORS, 0.5 * pupils) | {"R1": 0.03 * pupils, "R2": 0.02 * pupils}
    floor = {code: 0.85 * amount for code, amount in need.items()}
    return Place(school, "primary", pupils, quantity, need, floor, **more)  # type: ignore[arg-type]


def some_county(number: int) -> Problem:
    """Return a county of two or three schools, with limits that bind in some way in most."""
    chosen = random.Random(number)
    places = tuple(
        place(
            f"s{n}",
            chosen.choice([50, 80, 100, 120, 200]),
            {"R1": float(chosen.randint(0, 6)), "R2": float(chosen.randint(0, 6))},
            is_public=chosen.random() > 0.15,
            groups=frozenset(chosen.sample(["a", "b"], chosen.choice([0, 1, 1]))),
        )
        for n in range(chosen.choice([2, 3, 3]))
    )
    has_no_transfers = chosen.random() < 0.2
    limits = Limits(
        no_transfers=has_no_transfers,
        within_groups=not has_no_transfers and chosen.random() < 0.25,
        posts=chosen.choice([None, None, 0, 2, 4]),
        order=(Goal.HIRES, Goal.TRANSFERS),
    )
    return Problem(places, {"primary": chosen.choice([0.15, 0.2, 0.3, 0.45])}, limits=limits)


def spread(amounts: list[tuple[float, float]]) -> float:
    """The difference coefficient, straight from its definition."""
    pupils, whole = sum(own for own, _ in amounts), sum(amount for _, amount in amounts)
    if not whole:
        return 0.0
    mean = whole / pupils
    return sqrt(sum(own * (amount / own - mean) ** 2 for own, amount in amounts) / pupils) / mean


def circles_of(problem: Problem) -> list[list[int]]:
    """Return the places among which persons may move."""
    limits, places = problem.limits, problem.places
    if limits.no_transfers:
        return []
    if limits.within_groups:
        return [[n for n, p in enumerate(places) if p.is_public and group in p.groups] for group in ("a", "b")]
    return [[n for n, p in enumerate(places) if p.is_public]]


def ways(
    problem: Problem, code: str, most: int, both: tuple[int, ...]
) -> Iterator[tuple[tuple[int, int, int], tuple[bool, ...]]]:
    """Yield ((hires, transfers, posts filled), who meets the standard) of every way to end at or over the floor.

    ``both``: the persons of each place who count for both indicators, after their own moves; the others move here.
    """
    places, circles = problem.places, circles_of(problem)
    alone = set(range(len(places))) - {n for circle in circles for n in circle}
    single = [int(p.quantity[code]) - p.joint.get(_BOTH, 0) for p in places]
    for own in itertools.product(range(most + 1), repeat=len(places)):
        more = [end - before for end, before in zip(own, single, strict=True)]
        ends = [end + joint for end, joint in zip(own, both, strict=True)]
        amounts = [(p.pupils, float(end)) for end, p in zip(ends, places, strict=True)]
        if spread(amounts) > problem.coefficient_limits["primary"] * (1 + 1e-9):
            continue
        if any(end < p.floor[code] * (1 - 1e-9) for end, p in zip(ends, places, strict=True)):
            continue
        gains = [sum(more[n] for n in circle if more[n] > 0) for circle in circles]
        losses = [-sum(more[n] for n in circle if more[n] < 0) for circle in circles]
        if any(loss > gain for gain, loss in zip(gains, losses, strict=True)) or any(more[n] < 0 for n in alone):
            continue
        in_circles = sum(gains) - sum(losses)  # of public schools only
        hires = in_circles + sum(more[n] for n in alone)
        posts = in_circles + sum(more[n] for n in alone if places[n].is_public)
        meets = tuple(end >= p.need[code] * (1 - 1e-9) for end, p in zip(ends, places, strict=True))
        yield (hires, sum(losses), posts), meets


def moves_of_both(problem: Problem) -> Iterator[tuple[int, ...]]:
    """Yield how many persons who count for both each place can end with: none are hired."""
    before = [p.joint.get(_BOTH, 0) for p in problem.places]
    circles = circles_of(problem)
    alone = set(range(len(before))) - {n for circle in circles for n in circle}
    for after in itertools.product(range(sum(before) + 1), repeat=len(before)):
        if all(sum(after[n] - before[n] for n in circle) == 0 for circle in circles) and all(
            after[n] == before[n] for n in alone
        ):
            yield after


def by_trying_everything(problem: Problem, most: int = _MOST) -> tuple[int, int] | None:
    """Return the fewest hires, and of such plans the fewest transfers; None where nothing helps."""
    best = None
    for both in moves_of_both(problem):
        moved = sum(max(p.joint.get(_BOTH, 0) - after, 0) for p, after in zip(problem.places, both, strict=True))
        least = least_with(problem, most, both)
        if least and (best is None or (least[0], least[1] + moved) < best):
            best = (least[0], least[1] + moved)
    return best


def least_with(problem: Problem, most: int, both: tuple[int, ...]) -> tuple[int, int] | None:
    """Return the fewest hires and transfers of who counts for one, where who counts for both is at these places."""
    found = []
    for code in _BOTH:
        by_meeting: dict[tuple[bool, ...], set[tuple[int, int, int]]] = {}
        for cost, meets in ways(problem, code, most, both):
            by_meeting.setdefault(meets, set()).add(cost)
        found.append(by_meeting)
    best = None
    for (first, costs), (second, others) in itertools.product(found[0].items(), found[1].items()):
        if not all(a or b for a, b in zip(first, second, strict=True)):  # the other five are met: one of two is enough
            continue
        for one, other in itertools.product(costs, others):
            cost = (one[0] + other[0], one[1] + other[1])
            if problem.limits.posts is not None and one[2] + other[2] > problem.limits.posts:
                continue
            if best is None or cost < best:
                best = cost
    return best


def test_as_little_as_trying_everything_finds():
    binding = without = 0
    for number in range(_COUNTIES):
        problem = some_county(number)
        best, answer = by_trying_everything(problem), search(problem, 30)
        assert answer.status is not Status.UNFINISHED
        found = tuple(round(r.value) for r in answer.reached) if answer.status is Status.OPTIMAL else None
        if best is None and found is not None:  # trying stops at so many persons
            assert found[0] > _MOST / 2, (number, found)
            continue
        assert found == best, number
        assert all(r.value <= r.bound + 1e-6 for r in answer.reached)
        without += best is None
        eased = search(replace(problem, coefficient_limits={"primary": 9.0}), 30)
        binding += tuple(round(r.value) for r in eased.reached) != found
        if answer.status is Status.OPTIMAL:
            assert_passes(problem, answer)
    assert binding > _COUNTIES / 2 and without > _COUNTIES / 10


def test_who_counts_for_both_moves_once_and_for_both():
    """Beside what trying everything finds, and never fewer hires than if each counted for one: he takes both along."""
    differs = moved = 0
    most = 8
    for number in range(80 if not SOAK else 800):
        chosen = random.Random(number)
        problem = some_county(number)
        places = []
        for p in problem.places:
            persons = {code: float(min(p.quantity[code], 4)) for code in _BOTH}
            both = min(chosen.choice([0, 1, 1, 2]), *map(int, persons.values()))
            joint = {_BOTH: both} if both else {}
            places.append(
                place(p.school, min(p.pupils, 120), persons, is_public=p.is_public, groups=p.groups, joint=joint)
            )
        problem = replace(problem, places=tuple(places))
        best, answer = by_trying_everything(problem, most), search(problem, 30)
        found = tuple(round(r.value) for r in answer.reached) if answer.status is Status.OPTIMAL else None
        if best is None and found is not None:  # trying stops at so many persons
            assert found[0] > most / 2, (number, found)
            continue
        assert found == best, number
        if answer.status is not Status.OPTIMAL:
            continue
        assert_passes(problem, answer)
        assert sum(t.persons for t in answer.transfers) == found[1]
        moved += any(t.kind == _BOTH for t in answer.transfers)
        by_one = search(replace(problem, places=tuple(replace(p, joint={}) for p in places)), 30)
        assert round(by_one.reached[0].value) <= found[0]
        differs += tuple(round(r.value) for r in by_one.reached) != found
    assert moved > 5 and differs > 5, (moved, differs)


def assert_passes(problem: Problem, answer: object) -> None:
    """Hold a plan against the rules: everybody at six of seven and over the floors, coefficients within limits."""
    now = {p.school: dict(p.quantity) for p in problem.places}
    for t in answer.transfers:  # type: ignore[attr-defined]
        for code in t.kind:
            now[t.giver][code] -= t.persons
            now[t.taker][code] += t.persons
    for b in answer.purchases:  # type: ignore[attr-defined]
        now[b.school][b.indicator] += b.amount
    for p in problem.places:
        met = [now[p.school][code] >= p.need[code] * (1 - 1e-9) for code in INDICATORS]
        assert sum(met) >= 6 and all(now[p.school][code] >= p.floor[code] * (1 - 1e-9) for code in INDICATORS)
    for code in INDICATORS:
        amounts = [(p.pupils, now[p.school][code]) for p in problem.places]
        assert spread(amounts) <= problem.coefficient_limits["primary"] * (1 + 1e-9)


def test_limits_that_rule_out_a_plan_are_named_and_no_others():
    """Two persons are missing at one school, and the other has three to give; either limit alone leaves a way."""
    places = (
        place("poor", 100, {"R1": 1.0, "R2": 4.0}, groups=frozenset({"a"})),
        place("rich", 100, {"R1": 6.0, "R2": 4.0}, groups=frozenset({"b"})),
    )
    # R1 at the poor school may stay at 85 % of 3, which is 3 persons; hires 2, or transfers 2.
    problem = Problem(places, {"primary": 0.45}, limits=Limits(within_groups=True, posts=1, budget_yuan=1e9))
    answer = search(problem, 30)
    assert answer.status is Status.INFEASIBLE and answer.in_the_way == (Limit.WITHIN_GROUPS, Limit.POSTS)
    for eased in (replace(problem.limits, within_groups=False), replace(problem.limits, posts=2)):
        assert search(replace(problem, limits=eased), 30).status is Status.OPTIMAL


def test_a_combined_school_gets_rooms_for_both_its_stages():
    """Of every room a third is the primary stage's; rooms come whole, so what serves one stage serves the other."""
    for number in range(20 if not SOAK else 200):
        chosen = random.Random(number)
        pupils = {"primary": 300.0, "junior": chosen.choice([300.0, 450.0, 600.0])}
        share = {"primary": 1 / 3, "junior": 2 / 3}
        rooms = chosen.randint(2, 9)
        places = []
        for stage, own in pupils.items():
            quantity = dict.fromkeys(INDICATORS, own) | {"R7": rooms * share[stage], "R6": 0.86 * own}
            need = dict.fromkeys(INDICATORS, 0.5 * own) | {"R7": 0.01 * own, "R6": own}  # R6 is the one under it
            floor = {code: 0.85 * amount for code, amount in need.items()}
            places.append(Place("whole", stage, own, quantity, need, floor, share=share[stage]))
        problem = Problem(
            tuple(places), {"primary": 0.5, "junior": 0.5}, limits=Limits(order=(Goal.ROOMS, Goal.EQUIPMENT))
        )
        answer = search(problem, 30)
        # Rooms only up to the floor of both stages; a stage still under its standard then needs the equipment.
        at_floor = max(ceil(0.85 * 0.01 * own / share[stage] - 1e-9) for stage, own in pupils.items())
        short = [s for s, own in pupils.items() if max(rooms, at_floor) * share[s] < 0.01 * own * (1 - 1e-9)]
        assert answer.status is Status.OPTIMAL and round(answer.reached[0].value) == max(at_floor - rooms, 0)
        assert (answer.reached[1].value > 0) == bool(short), number


def test_without_time_there_is_no_plan():
    answer = search(some_county(3), 0.0)
    assert answer.status is Status.UNFINISHED and not answer.purchases and not answer.transfers


@pytest.mark.parametrize("price", [1.0, 50.0])
def test_the_cheaper_of_two_ways_is_taken(price: float):
    """One of seven may stay at the floor: m² of R4 at a price, or yuan of R6."""
    pupils = 100.0
    need = dict.fromkeys(INDICATORS, 1.0) | {"R4": 500.0, "R6": 2_000.0}
    quantity = dict(need) | {"R4": 450.0, "R6": 1_800.0}
    one = Place("one", "primary", pupils, quantity, need, {code: 0.85 * amount for code, amount in need.items()})
    prices = {("R4", "primary"): price, ("R7", "primary"): 9.0, ("R5", "primary"): 9.0}
    answer = search(Problem((one,), {"primary": 0.5}, limits=Limits(prices=prices, order=(Goal.MONEY,))), 30)
    ((bought, amount),) = [(p.indicator, p.amount) for p in answer.purchases]
    assert (bought, amount) == (("R4", 50.0) if price == 1.0 else ("R6", 200.0))
    assert answer.reached[0].value == pytest.approx(50.0 if price == 1.0 else 200.0)


def test_a_private_school_hires_without_a_post():
    poor = place("poor", 100, {"R1": 1.0, "R2": 4.0}, is_public=False)
    for is_public, status in ((False, Status.OPTIMAL), (True, Status.INFEASIBLE)):
        problem = Problem((replace(poor, is_public=is_public),), {"primary": 0.45}, limits=Limits(posts=0))
        assert search(problem, 30).status is status
