"""Rules with a piece left out: what nobody judges is never passed over, and what is not declared is named."""

import re
from pathlib import Path

from tests.conftest import Office
from tests.factories import school, table, workbook

COUNTY = "649472"
ONE = {"school_id": f"2{COUNTY}001", "school_name": "合成第1小学"}


def deliver(landing: Path) -> None:
    workbook(landing, 2024, school(COUNTY, 1))
    table(
        landing,
        "room_register",
        2024,
        COUNTY,
        [{**ONE, "room_name": use, "room_use": use, "room_area_m2": 100} for use in ("音乐", "美术")],
    )


def without_lines(path: Path, starting: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(starting)]
    assert len(kept) < len(lines)
    path.write_text("".join(kept), encoding="utf-8")


def test_a_deleted_clock_and_an_indicator_without_criteria_stop_the_run_and_are_named(
    night_office: Office, own_project: Path
):
    """What nobody can judge is never passed over; the warehouse of before stands."""
    office = night_office
    before = (office.root / "published" / "junheng.duckdb").stat().st_mtime_ns
    seeds = own_project / "dbt_project" / "seeds"
    header, *rest = (seeds / "standard" / "indicators.csv").read_text(encoding="utf-8").splitlines()
    like = next(line for line in rest if line.startswith("G12,"))
    (seeds / "standard" / "indicators.csv").write_text(
        "\n".join([header, *rest, like.replace("G12,", "G16,", 1)]) + "\n", encoding="utf-8"
    )
    done = office.refresh_with(own_project, "--as-of", "2025-07-02")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "G16" in done.stderr and "g16_….sql" in done.stderr and "standards.csv" in done.stderr
    without_lines(seeds / "sources" / "form_clocks.csv", "room_register,")
    done = office.refresh_with(own_project, "--as-of", "2025-07-02")
    assert done.returncode == 1 and "form_clocks.csv" in done.stderr and "make docs" in done.stderr
    assert (office.root / "published" / "junheng.duckdb").stat().st_mtime_ns == before


def test_a_measure_that_is_not_declared_is_named_with_file_and_line(office: Office, own_project: Path):
    deliver(office.landing)
    without_lines(own_project / "dbt_project" / "seeds" / "sources" / "measures.csv", "room_area_m2,")
    done = office.refresh_with(own_project, "--as-of", "2025-07-01")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    told = "".join((done.stdout + done.stderr).split())
    assert (
        re.search(r"extract/sources/rooms/room_register/columns\.csv:\d+", told)
        and "room_area_m2" in told
        and "measures.csv" in told
    )
    assert not (office.root / "published" / "junheng.duckdb").exists()


def why_it_stopped(office: Office, project: Path) -> str:
    """Run a night by the rules of a project that must stop it; return what it says, without blanks."""
    before = office.marts()
    done = office.refresh_with(project, "--as-of", "2025-07-02")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert office.marts() == before
    return "".join(done.stderr.split())


def test_a_table_whose_key_stands_twice_ends_the_run_and_is_named(night_office: Office, own_project: Path):
    model = own_project / "dbt_project" / "models" / "marts" / "mart_school_compliance.sql"
    once = model.read_text(encoding="utf-8")
    model.write_text(f"select * from (\n{once}\n) union all select * from (\n{once}\n)\n", encoding="utf-8")
    told = why_it_stopped(night_office, own_project)
    assert "mart_school_compliance:notuniquebycensus_year,county_code,school_id,stage" in told, told


def test_a_verdict_that_is_not_there_ends_the_run_and_the_list_is_named(night_office: Office, own_project: Path):
    values = own_project / "dbt_project" / "models" / "resources" / "int_resource_values.sql"
    text = values.read_text(encoding="utf-8")
    values.write_text(f"{text}\nwhere not (q.indicator_code = 'R4' and q.stage = 'primary')\n", encoding="utf-8")
    told = why_it_stopped(night_office, own_project)
    assert "assert_every_verdict_is_there" in told, told
