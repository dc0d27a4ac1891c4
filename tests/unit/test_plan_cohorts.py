"""Pupils of coming years, worked out by hand."""

import pytest

from junheng.plan.cohorts import project, shared_out

_GRADES = {
    ("a", "primary"): dict(zip(range(1, 7), (10.0, 20.0, 30.0, 40.0, 50.0, 60.0), strict=True)),
    ("b", "primary"): dict(zip(range(1, 7), (30.0, 30.0, 30.0, 30.0, 30.0, 30.0), strict=True)),
    ("c", "junior"): {7: 60.0, 8: 50.0, 9: 40.0},
    ("d", "junior"): {7: 20.0, 8: 20.0, 9: 20.0},
}


@pytest.mark.parametrize(
    ("years", "going_on", "expected"),
    [
        # a: 10 come, 60 go. Grade 6 is 90 in all, of whom 60/80 go to c.
        (1, 1.0, {"a": 160, "b": 180, "c": 68 + 60 + 50, "d": 22 + 20 + 20}),
        (1, 0.5, {"a": 160, "b": 180, "c": 34 + 60 + 50, "d": 11 + 20 + 20}),
        # Grade 5 is 80: a year later 60 of them are in grade 7 of c.
        (2, 1.0, {"a": 120, "b": 180, "c": 60 + 68 + 60, "d": 20 + 22 + 20}),
        # All of a came in as 10.
        (6, 1.0, {"a": 60, "b": 180, "c": 30 + 38 + 45, "d": 10 + 12 + 15}),
    ],
)
def test_every_grade_moves_up(years: int, going_on: float, expected: dict[str, float]):
    found = project(_GRADES, years, going_on)
    for (school, _), pupils in found.items():
        assert pupils == pytest.approx(expected[school], abs=1), school


def test_a_county_without_primary_schools_keeps_its_entrants():
    assert project({("c", "junior"): {7: 60.0, 8: 50.0, 9: 40.0}}, 1) == {("c", "junior"): 170.0}


@pytest.mark.parametrize(
    ("pupils", "others", "expected"),
    [
        (5.0, {"a": 100.0, "b": 100.0, "c": 50.0}, {"a": 2, "b": 2, "c": 1}),
        (1.0, {"a": 100.0, "b": 99.0}, {"a": 1, "b": 0}),
        (100.0, {"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 34, "b": 33, "c": 33}),
        (0.0, {"a": 7.0}, {"a": 0}),
    ],
)
def test_pupils_of_a_school_that_closes_go_to_the_others_by_their_pupils(
    pupils: float, others: dict[str, float], expected: dict[str, float]
):
    cells = {(school, "primary", "pupils"): own for school, own in others.items()}
    found = shared_out(pupils, cells)
    assert {school: more for (school, *_), more in found.items()} == expected
