"""What a run has to do, as a table: batches of receipts, what is published, what lies finished."""

from pathlib import Path

import pytest

from junheng.run_plan import BatchRun, choose

_BATCHES = [(number, BatchRun([], Path(f"run{number}"))) for number in (1, 2, 3)]
_CASES = {
    "nothing published: every batch": ((None, 0, set()), (None, [1, 2, 3])),
    "all is known": (("run3", 3, {3}), ("run3", [])),
    "one batch is new": (("run2", 2, {2}), ("run2", [3])),
    "two batches are new": (("run1", 1, {1}), ("run1", [2, 3])),
    "a killed run finished the second": (("run1", 1, {1, 2}), ("run2", [3])),
    "a killed run finished everything but publishing": (("run1", 1, {1, 2, 3}), ("run3", [])),
    "the rules changed: the last batch again, on what is published": (("other", 3, set()), ("other", [3])),
    "the rules changed and a batch is new": (("other", 2, set()), ("other", [3])),
    "what is published was lost: all again": ((None, 0, set()), (None, [1, 2, 3])),
    "lost, but a killed run finished two": ((None, 0, {1, 2}), ("run2", [3])),
}


@pytest.mark.parametrize("case", _CASES)
def test_which_runs_are_done(case: str):
    (published, known, built), (base, wanted) = _CASES[case]
    previous, to_do = choose(_BATCHES, Path(published) if published else None, known, built)
    assert (previous.name if previous else None, [run.folder.name for run in to_do]) == (
        base,
        [f"run{n}" for n in wanted],
    )


def test_without_receipts_there_is_nothing_to_do():
    assert choose([], None, 0, set()) == (None, [])
