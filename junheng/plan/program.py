"""A mixed-integer program for HiGHS, built row by row."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Any

import highspy


@dataclass
class Expression:
    """A sum of variables with coefficients, and a constant."""

    terms: Counter[int] = field(default_factory=Counter)
    constant: float = 0.0

    def plus(self, other: "Expression", times: float = 1.0) -> "Expression":
        """Return this and ``times`` the other."""
        terms = Counter(self.terms)
        for variable, coefficient in other.terms.items():
            terms[variable] += coefficient * times  # type: ignore[assignment]
        return Expression(terms, self.constant + other.constant * times)

    def at(self, values: list[float]) -> float:
        """Return its value."""
        return self.constant + sum(coefficient * values[variable] for variable, coefficient in self.terms.items())


@dataclass(frozen=True)
class Outcome:
    """What HiGHS found: values where there are any, and the bound that no solution passes."""

    is_optimal: bool
    is_infeasible: bool
    values: list[float]
    bound: float

    @classmethod
    def none(cls) -> "Outcome":
        """Return that of a search for which no time was left."""
        return cls(False, False, [], 0.0)


class Program:
    """Variables and rows; minimised for one objective after the other."""

    def __init__(self) -> None:
        with _silent():
            self._highs = highspy.Highs()
        options: dict[str, Any] = {
            "output_flag": False,
            "threads": 1,
            "random_seed": 1,
            "mip_rel_gap": 0.0,
            "mip_abs_gap": 1e-6,
            "primal_feasibility_tolerance": 1e-9,
            "mip_feasibility_tolerance": 1e-9,
        }
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        self.size = 0
        self._rows = 0

    def variable(self, upper: float = inf, *, is_whole: bool = False) -> Expression:
        """Return a new variable of at least 0."""
        self._highs.addVar(0.0, upper)
        if is_whole:
            self._highs.changeColIntegrality(self.size, highspy.HighsVarType.kInteger)
        self.size += 1
        return Expression(Counter({self.size - 1: 1}))

    def require(self, expression: Expression, lower: float = -inf, upper: float = inf) -> int:
        """Keep an expression between bounds; return the number of the row."""
        terms = {variable: value for variable, value in expression.terms.items() if value}
        self._highs.addRow(
            lower - expression.constant,
            upper - expression.constant,
            len(terms),
            list(terms),
            [float(value) for value in terms.values()],
        )
        self._rows += 1
        return self._rows - 1

    def release(self, row: int) -> None:
        """Keep an expression between bounds no longer."""
        self._highs.changeRowBounds(row, -inf, inf)

    def minimise(self, objective: Expression, seconds: float) -> Outcome:
        """Find the least value of an objective, within so many seconds."""
        for variable in range(self.size):
            self._highs.changeColCost(variable, float(objective.terms.get(variable, 0.0)))
        self._highs.changeObjectiveOffset(objective.constant)
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(seconds, 0.0))  # its clock goes on
        self._highs.run()
        status = self._highs.getModelStatus()
        info = self._highs.getInfo()
        has_values = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        return Outcome(
            status == highspy.HighsModelStatus.kOptimal,
            status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible),
            list(self._highs.getSolution().col_value) if has_values else [],
            info.mip_dual_bound if self._has_integers() else info.objective_function_value,
        )

    def _has_integers(self) -> bool:
        return bool(self._highs.getLp().integrality_)


@contextmanager
def _silent() -> Iterator[None]:
    """Let a library say nothing on standard output, which is read as data: HiGHS greets before it can be told off."""
    sys.stdout.flush()
    standing, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(standing, 1)
        os.close(standing)
        os.close(nowhere)


def total(expressions: "Mapping[Any, Expression] | list[Expression]") -> Expression:
    """Return the sum of expressions."""
    summed = Expression()
    for expression in expressions.values() if isinstance(expressions, Mapping) else expressions:
        for variable, coefficient in expression.terms.items():
            summed.terms[variable] += coefficient
        summed.constant += expression.constant
    return summed
