"""What is off unless an office asks for it, and the survey from single answers: worked out by hand."""

import csv
from pathlib import Path

import pytest

from tests.conftest import Office
from tests.end_to_end.first_night import SURVEYED
from tests.factories import school, table, workbook

COUNTY = "649871"
ONE, TWO, THREE, FOUR, FIVE = (f"2{COUNTY}00{n}" for n in range(1, 6))


def switch_on(project: Path, *parameters: str) -> None:
    path = project / "dbt_project" / "seeds" / "standard" / "parameters.csv"
    rows = [*csv.reader(path.open(encoding="utf-8"))]
    assert {*parameters} <= {row[0] for row in rows}
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([[row[0], "1", *row[2:]] if row[0] in parameters else row for row in rows])


def deliver(landing: Path) -> None:
    """One built in 2000, in town, with 2 300 pupils; two built in 2020, rural, its classes small; three built in 2017.

    Four and five, built in 2020, rural, have 2 300 pupils each; exactly half of four's are migrants, one more of
    five's.
    """
    grades = {f"primary__pupils_grade_{g}": n for g, n in zip(range(1, 7), (383, 383, 383, 383, 384, 384), strict=True)}
    large = {"primary__pupils": 2300, "primary__classes": 66, "primary__classes_31_35": 66, **grades}
    workbook(landing, 2024, school(COUNTY, 1, all__year_built=2000, **large))
    small = {f"primary__pupils_grade_{g}": 20 for g in range(1, 7)} | {
        "primary__classes_31_35": 0,
        "primary__classes_25_or_fewer": 6,
        "primary__pupils": 120,
    }
    workbook(landing, 2024, school(COUNTY, 2, all__year_built=2020, all__urban_rural="乡村", **small))
    workbook(landing, 2024, school(COUNTY, 3, all__year_built=2017))
    for number in (4, 5):
        workbook(landing, 2024, school(COUNTY, number, all__year_built=2020, all__urban_rural="乡村", **large))
    # 66 classes ask for 6 rooms of each kind, 6 classes for one.
    rooms = [
        (ONE, 6, 73.0, 67.0),
        (TWO, 1, 54.0, 54.0),
        (THREE, 1, 73.0, 67.0),
        (FOUR, 6, 120.0, 120.0),
        (FIVE, 6, 120.0, 120.0),
    ]
    table(
        landing,
        "room_register",
        2024,
        COUNTY,
        [
            {"school_id": s, "school_name": "合成", "room_name": f"{use}{i}", "room_use": use, "room_area_m2": area}
            for s, n, music, art in rooms
            for use, area in (("音乐", music), ("美术", art))
            for i in range(n)
        ],
    )
    zones = [
        (ONE, 2300, 2290, 380, 380, None),
        (THREE, 200, 200, 33, 33, None),
        (FOUR, 2300, 2300, 383, 383, 1150),
        (FIVE, 2300, 2300, 383, 383, 1151),
    ]
    table(
        landing,
        "enrolment_zones",
        2024,
        COUNTY,
        [
            {
                "school_id": s,
                "school_name": "合成",
                "school_stage": "小学",
                "pupils": p,
                "pupils_in_zone": i,
                "entrants": e,
                "entrants_in_zone": z,
                "migrant_pupils": m,
            }
            for s, p, i, e, z, m in zones
        ],
    )


_SQL = (
    "select indicator_code, school_id, value, standard, verdict from marts.mart_government_assurance where "
    "county_code = ? and assessment_year = 2025 and indicator_code in ('G3', 'G4', 'G13') and (school_id <> '' or "
    "indicator_code = 'G13') and verdict <> 'not_applicable' order by 1, 2"
)


def test_concessions_and_entrants_only_are_off_until_switched_on(office: Office, own_project: Path):
    deliver(office.landing)
    assert office.refresh("--as-of", "2025-07-01").returncode == 0
    off = {
        (code, school_id): (value, standard, verdict)
        for code, school_id, value, standard, verdict in office.query(_SQL, [COUNTY])
    }
    assert off == {
        ("G13", ""): (2490 / 2500 * 100, 100, "fail"),  # 10 of all pupils from outside the zones
        ("G3", ONE): (0, 1, "fail"),
        ("G3", TWO): (0, 1, "fail"),
        ("G3", THREE): (0, 1, "fail"),
        ("G3", FOUR): (1, 1, "pass"),
        ("G3", FIVE): (1, 1, "pass"),
        ("G4", ONE): (2300, 2000, "fail"),
        ("G4", TWO): (120, 2000, "pass"),
        ("G4", THREE): (200, 2000, "pass"),
        ("G4", FOUR): (2300, 2000, "fail"),
        ("G4", FIVE): (2300, 2000, "fail"),
    }
    switch_on(
        own_project,
        "g3_concessions_for_old_schools",
        "g3_concessions_for_small_rural_schools",
        "g4_concessions_for_size",
        "g13_entrants_only",
    )
    done = office.refresh_with(own_project, "--as-of", "2025-07-01")
    assert done.returncode == 0, done.stdout + done.stderr
    on = {
        (code, school_id): (value, standard, verdict)
        for code, school_id, value, standard, verdict in office.query(_SQL, [COUNTY])
    }
    assert on == {
        ("G13", ""): (100, 100, "pass"),  # 413 of 413 entrants
        ("G3", ONE): (1, 1, "pass"),  # built by 2016: 73 and 67 m²
        ("G3", TWO): (1, 1, "pass"),  # rural, largest class under 30: 54 m²
        ("G3", THREE): (0, 1, "fail"),  # built in 2017
        ("G3", FOUR): (1, 1, "pass"),
        ("G3", FIVE): (1, 1, "pass"),
        ("G4", ONE): (2300, 2400, "pass"),  # built by 2010
        ("G4", TWO): (120, 2000, "pass"),
        ("G4", THREE): (200, 2000, "pass"),
        ("G4", FOUR): (2300, 2000, "fail"),
        ("G4", FIVE): (2300, 2400, "pass"),  # over half, not half, must be migrants
    }


def test_single_answers_of_a_lopsided_sample(first_night: Office):
    sql = (
        "select value, numerator, denominator, sample_due, warnings, verdict from marts.mart_social_recognition where "
        "county_code = ? and assessment_year = 2025"
    )
    ((value, numerator, denominator, due, warnings, verdict),) = first_night.query(sql, [SURVEYED])
    # 20 + 30 + 2 satisfied of 25 + 30 + 2 valid answers; 41 000 × 1.5 ‰ = 61.5 were due. 57 are over half of 62.
    assert (value, numerator, denominator, due, verdict) == (pytest.approx(52 / 57 * 100), 52, 57, 62, "pass")
    # 25 parents of 57; 2 pupils are under half of (30 + 2) / 2; nobody in town or country.
    assert [w.split(" ")[0] for w in warnings.split("; ")] == [
        "样本量不足",
        "家长不足半数",
        "各群体人数悬殊",
        "城乡分布与人口不符",
    ]
    assert "rural, town" in warnings
