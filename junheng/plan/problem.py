"""What a plan is asked for: a county's school-stages, what they have and need, and the limits of the office."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

PERSONS = ("R1", "R2", "R3")
ROOMS = ("R7",)
AREAS = ("R4", "R5")
YUAN = ("R6",)
INDICATORS = (*PERSONS, *AREAS, *YUAN, *ROOMS)
WHOLE = (*PERSONS, *ROOMS)  # bought or moved one by one
Kind = tuple[str, ...]  # the indicators that a teacher counts for, in their order


@dataclass(frozen=True)
class Place:
    """A school at one stage, judged by R1-R7."""

    school: str
    stage: str
    pupils: float
    quantity: Mapping[str, float]  # persons, m2, yuan, rooms; of shared goods, this stage's part
    need: Mapping[str, float]  # the quantity that meets the standard
    floor: Mapping[str, float]  # the quantity that meets the floor
    share: float = 1.0  # of what the school gets for all its stages
    to_meet: int = 6  # of the indicators
    groups: frozenset[str] = frozenset()
    is_public: bool = True  # a private school neither gives nor takes teachers, and fills no post of the office
    joint: Mapping[Kind, int] = field(default_factory=dict)  # teachers who are known to count for several indicators

    @property
    def key(self) -> tuple[str, str]:
        """Return school and stage."""
        return self.school, self.stage

    def persons(self, kind: Kind) -> int:
        """Return how many teachers of a kind it has; who is not known to count for several counts for one."""
        if len(kind) > 1:
            return self.joint.get(kind, 0)
        return int(self.quantity[kind[0]]) - sum(n for joint, n in self.joint.items() if kind[0] in joint)


@dataclass(frozen=True)
class Standing:
    """A school at one stage that counts in coefficients, but gets nothing: some of its figures are missing."""

    stage: str
    pupils: float
    quantity: Mapping[str, float]


class Limit(StrEnum):
    """What an office may set, and what a plan can fail by."""

    NO_TRANSFERS = "no_transfers"
    WITHIN_GROUPS = "within_groups"
    POSTS = "posts"
    BUDGET = "budget"


class Goal(StrEnum):
    """What is to be least, one after the other."""

    HIRES = "hires"
    TRANSFERS = "transfers"
    MONEY = "money"
    ROOMS = "rooms"
    AREA = "area"
    EQUIPMENT = "equipment"


WITH_PRICES = (Goal.HIRES, Goal.TRANSFERS, Goal.MONEY)
WITHOUT_PRICES = (Goal.HIRES, Goal.TRANSFERS, Goal.ROOMS, Goal.AREA, Goal.EQUIPMENT)


@dataclass(frozen=True)
class Limits:
    """What the office allows."""

    no_transfers: bool = False
    within_groups: bool = False
    posts: int | None = None  # of public schools, that can be filled until the target year
    budget_yuan: float | None = None  # that can be spent until then
    prices: Mapping[tuple[str, str], float] = field(default_factory=dict)  # (indicator, stage) → yuan a unit
    order: tuple[Goal, ...] = WITHOUT_PRICES

    def active(self) -> list[Limit]:
        """Return those that are set."""
        is_set = {
            Limit.NO_TRANSFERS: self.no_transfers,
            Limit.WITHIN_GROUPS: self.within_groups,
            Limit.POSTS: self.posts is not None,
            Limit.BUDGET: self.budget_yuan is not None,
        }
        return [limit for limit, set_ in is_set.items() if set_]


@dataclass(frozen=True)
class Problem:
    """A county in the year for which the plan is made."""

    places: tuple[Place, ...]
    coefficient_limits: Mapping[str, float]  # stage → limit
    standing: tuple[Standing, ...] = ()
    closing: tuple[Place, ...] = ()  # they have no pupils any more, and whoever teaches there can go
    limits: Limits = Limits()
    spent_yuan: float = 0.0  # on what does not depend on the plan: rooms for music and art


class Status(StrEnum):
    """How the search ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Reached:
    """One goal of the order: what the plan takes, and what no plan can take less than; persons, rooms, m2, yuan."""

    goal: Goal
    value: float
    bound: float


@dataclass(frozen=True)
class Transfer:
    """Persons of one kind from a school to another, at the same stage."""

    kind: Kind
    stage: str
    giver: str
    taker: str
    persons: int
    group: str = ""


@dataclass(frozen=True)
class Purchase:
    """What a school gets from outside: persons hired, m2, yuan of equipment, rooms; ``stage`` is ``all`` for goods."""

    indicator: str
    school: str
    stage: str
    amount: float


@dataclass(frozen=True)
class Answer:
    """How the search ended, and the plan where there is one."""

    status: Status
    reached: tuple[Reached, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    in_the_way: tuple[Limit, ...] = ()  # of an infeasible problem: limits of which none can be left out
    seconds: float = 0.0
