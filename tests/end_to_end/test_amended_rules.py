"""Rules that an office changes are data: a parameter, a standard of the province's own, an alias, a price."""

import csv
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import Office, copy_of_project
from tests.end_to_end.first_night import CONCEDED, SURVEYED, concessions
from tests.factories import school, workbook

ONE, TWO, THREE, FOUR, FIVE = (f"2{CONCEDED}00{n}" for n in range(1, 6))
OF_THE_PROVINCE = "649874"
_DAY = "2025-03-01"


def switch_on(project: Path, *parameters: str) -> None:
    path = project / "dbt_project" / "seeds" / "standard" / "parameters.csv"
    rows = [*csv.reader(path.open(encoding="utf-8"))]
    assert {*parameters} <= {row[0] for row in rows}
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([[row[0], "1", *row[2:]] if row[0] in parameters else row for row in rows])


def own_standard(seeds: Path) -> None:
    """From 2024 on a county is judged by classes of at most 34."""
    own = [
        line.replace("national-2017", "province-2024", 1)
        for line in (seeds / "standard" / "standards.csv").read_text(encoding="utf-8").splitlines()
        if line.startswith("national-2017,")
    ]
    own = [line.replace("G5,primary,all,,2017,,45", "G5,primary,all,,2017,,34") for line in own]
    with (seeds / "standard" / "standards.csv").open("a", encoding="utf-8") as lines:
        lines.write("\n".join(own) + "\n")
    with (seeds / "standard" / "coefficient_limits.csv").open("a", encoding="utf-8") as lines:
        lines.write("province-2024,primary,2024,,0.5,合成\nprovince-2024,junior,2024,,0.45,合成\n")
    with (seeds / "standard" / "county_standards.csv").open("a", encoding="utf-8") as lines:
        lines.write(f"{OF_THE_PROVINCE},2024,,province-2024\n")


def aliases_and_prices(seeds: Path) -> None:
    with (seeds / "places" / "school_aliases.csv").open("a", encoding="utf-8") as lines:
        lines.write("640221,城关一小,2640221001\n640221,平罗四中,2640221002\n")
    with (seeds / "plans" / "gap_prices.csv").open("a", encoding="utf-8") as lines:
        lines.write("*,R4,all,2000,2020,,合成价目\n640221,R4,all,2500,2020,,合成本县价目\n")


def deliver_county_with_a_plan(landing: Path) -> None:
    """Its 城关一小 meets R5, its 平罗四中 does not meet R4."""
    # The list's name and code are those on record for the county.
    first = school("640221", 1, all__county_name="平罗县")
    small = school(
        "640221",
        2,
        all__county_name="平罗县",
        all__teaching_area_m2=800,
        all__classroom_area_m2=300,
        all__building_area_m2=1100,
    )
    for figures in (first, small):
        workbook(landing, 2024, figures)


@pytest.fixture(scope="module")
def amended(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office after a night with a copy of the project whose rules were amended."""
    project = copy_of_project(tmp_path_factory.mktemp("amended") / "project")
    seeds = project / "dbt_project" / "seeds"
    switch_on(
        project,
        "g3_concessions_for_old_schools",
        "g3_concessions_for_small_rural_schools",
        "g4_concessions_for_size",
        "g13_entrants_only",
    )
    own_standard(seeds)
    aliases_and_prices(seeds)
    office = Office(project.with_name("home"))
    concessions(office.landing)
    deliver_county_with_a_plan(office.landing)
    for year in (2023, 2024):
        workbook(office.landing, year, school(OF_THE_PROVINCE, 1))
    done = office.refresh_with(project, "--as-of", _DAY)
    assert done.returncode == 0, done.stdout + done.stderr
    return office


_SQL = (
    "select indicator_code, school_id, value, standard, verdict from marts.mart_government_assurance where "
    "county_code = ? and assessment_year = 2025 and indicator_code in ('G3', 'G4', 'G13') and (school_id <> '' or "
    "indicator_code = 'G13') and verdict <> 'not_applicable' order by 1, 2"
)


def conceded(office: Office) -> dict[tuple[str, str], tuple]:
    return {(code, school_id): tuple(found) for code, school_id, *found in office.query(_SQL, [CONCEDED])}


def test_concessions_and_entrants_only_are_off_unless_asked_for(first_night: Office):
    off = conceded(first_night)
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


def test_concessions_and_entrants_only_are_on_where_asked_for(amended: Office):
    on = conceded(amended)
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


def test_a_provinces_own_standard_is_an_added_line(amended: Office):
    rows = amended.query(
        "select assessment_year, value, standard, verdict, standard_version from marts.mart_government_assurance "
        "where county_code = ? and indicator_code = 'G5' and school_id = ? order by 1",
        [OF_THE_PROVINCE, f"2{OF_THE_PROVINCE}001"],
    )
    assert rows == [
        (2024, 35.0, 45.0, "pass", "national-2017"),
        (2025, None, 34.0, "no_data", "province-2024"),
    ]  # bins of 31–35 cannot tell 34 from 35
    assert amended.query(
        "select distinct standard_version from marts.mart_county_scorecard where county_code = ? order by 1",
        [OF_THE_PROVINCE],
    ) == [("national-2017",), ("province-2024",)]


def test_a_short_name_is_resolved_by_the_alias_seed_and_a_price_list_makes_money_of_gaps(amended: Office):
    ledger = amended.query(
        "select indicator_code, school_id, quantity_missing, responsible_office, status, is_reported, "
        "is_confirmed, closed_on from marts.mart_gap_ledger(date '2025-03-02', date '2025-03-02') where "
        "county_code = '640221' and ((school_id = '2640221001' and indicator_code = 'R5') or (school_id = "
        "'2640221002' and indicator_code = 'R4')) order by 1"
    )
    assert ledger == [
        ("R4", "2640221002", 300.0, "项目管理室", "open", True, True, None),  # 4.5 m² × 200 pupils − (800 − 200)
        ("R5", "2640221001", None, "项目管理室", "closed", True, False, date(2025, 3, 1)),
    ]
    plan = amended.query(
        "select due_year, gaps, quantity_missing, price_yuan, cost_yuan, price_source from "
        "marts.mart_purchase_plan where county_code = '640221'"
    )
    assert plan == [(2025, 1, 300.0, 2500.0, 750000.0, "合成本县价目")]


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
