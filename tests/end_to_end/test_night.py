"""The night as a whole: repeated, busy, failing, as a DAG, on file types of every kind."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import openpyxl
import pytest

from tests.conftest import FIXTURES, PROJECT, Office, copy_of
from tests.end_to_end.first_night import FILE_TYPES, PLAIN
from tests.factories import school, workbook
from tests.preloaded import python


def parquet_hashes(office: Office) -> dict[str, str]:
    return {
        str(p.relative_to(office.root)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted((office.root / "bronze").rglob("*.parquet"))
    }


def test_the_same_files_twice_give_the_same_warehouse(office: Office, tmp_path_factory: pytest.TempPathFactory):
    for number in (1, 2, 3):
        workbook(office.landing, 2024, school("649601", number))
    workbook(office.landing, 2024, school("649601", 4, primary__pupils=201))
    assert office.refresh("--as-of", "2025-03-31").returncode == 3
    first, bronze = office.marts(), parquet_hashes(office)
    correction = next((office.root / "quarantine").rglob("*.xlsx")).read_bytes()
    other = Office(tmp_path_factory.mktemp("other"), interpreter=sys.executable)  # a hash seed of its own
    shutil.copytree(office.landing, other.landing)
    assert other.refresh("--as-of", "2025-03-31").returncode == 3
    assert other.marts() == first
    assert parquet_hashes(other) == bronze
    assert next((other.root / "quarantine").rglob("*.xlsx")).read_bytes() == correction


def statements(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.glob("statements-*.json")}


def test_everything_done_again_is_the_same(night_office: Office):
    """By dbt, whatever was kept of what it sent."""
    first, bronze = night_office.marts(), parquet_hashes(night_office)
    assert night_office.refresh("--as-of", "2025-07-02", "--full").returncode == 0
    assert night_office.marts() == first
    assert parquet_hashes(night_office) == bronze


def test_what_dbt_sends_follows_from_the_rules_and_is_sent_again(
    night_office: Office, own_project: Path, tmp_path: Path
):
    """Two nights on other files and other days, by dbt: the same statements, and the marts they give when kept."""
    kept, other = copy_of(night_office, tmp_path / "kept"), Office(tmp_path / "other")
    workbook(other.landing, 2024, school("649601", 1))
    assert other.refresh("--as-of", "2025-08-01").returncode == 0
    workbook(other.landing, 2024, school("649602", 1))
    for office in (night_office, kept):
        workbook(office.landing, 2024, school(PLAIN, 2, all__multimedia_rooms=3))
    sent = []
    for office, day in ((other, "2025-08-02"), (night_office, "2025-08-03")):
        for folder in (own_project / "dbt_project" / "target", office.root / "build"):
            for file in folder.glob("statements-*.json"):
                file.unlink()
        assert office.refresh_with(own_project, "--as-of", day).returncode == 0
        sent.append(statements(office.root / "build"))
    assert len(sent[0]) == 1 and sent[0] == sent[1]
    assert kept.refresh("--as-of", "2025-08-03").returncode == 0
    assert kept.marts() == night_office.marts()


def test_a_second_night_at_once_says_why_not(night_office: Office):
    with (night_office.root / "store" / "writer.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = night_office.refresh()
    assert done.returncode == 1
    assert "另一个刷新正在运行" in done.stderr
    assert night_office.refresh().returncode == 0


def test_a_failed_night_leaves_yesterdays_warehouse(night_office: Office):
    office = night_office
    yesterday = (office.root / "published" / "junheng.duckdb").read_bytes()
    workbook(office.landing, 2024, school(PLAIN, 2))
    (office.root / "bronze" / "census_lines" / "census_2024_64.parquet").write_bytes(b"damaged")
    with (office.root / "logs" / "nights" / "diary.jsonl").open("ab") as lines:
        lines.write(b'{"ended_at": "20')  # a night killed while it wrote
    done = office.refresh()
    assert done.returncode == 1
    assert "已发布的数据未受影响" in done.stderr
    assert (office.root / "published" / "junheng.duckdb").read_bytes() == yesterday
    assert "Traceback" in (office.root / "logs" / "failure.txt").read_text()
    history = office.run("status", "--history").stdout
    assert history.count("读取") == 1 and "Could not open" in history, history


def test_wrong_usage_is_exit_code_2(office: Office):
    assert office.run("refresh", "--years", "24").returncode == 2
    assert office.run("refresh", "--county", "64").returncode == 2
    assert office.run("refresh", "--as-of", "soon").returncode == 2
    assert office.run("nonsense").returncode == 2
    assert office.run("explain").returncode == 2


def test_only_the_selected_county_and_year_are_taken_in(office: Office):
    for county in ("649604", "649605"):
        for year in (2023, 2024):
            workbook(office.landing, year, school(county, 1))
    assert office.refresh("--county", "649604", "--years", "2024").returncode == 0
    assert office.query("select distinct county_code, census_year from marts.mart_school_compliance") == [
        ("649604", 2024)
    ]


def test_every_file_type_gives_the_same_figures(first_night: Office):
    figures = {
        county: first_night.query(
            "select right(school_id, 3), stage, indicator_code, value, verdict from "
            "marts.mart_resource_allocation where county_code = ? order by all",
            [county],
        )
        for county in FILE_TYPES
    }
    assert len(figures["649610"]) == 28
    assert all(found == figures["649610"] for found in figures.values())


def test_a_definition_line_is_all_a_new_year_needs(own_project: Path, office: Office):
    """A moved line under a new name: refused until a line of data says so, then read. No code changes."""
    path = workbook(office.landing, 2026, school("649620", 1))
    book = openpyxl.load_workbook(path)
    book["教基5176"]["A17"] = "智慧教室"
    book.save(path)
    refused = office.run_with(own_project, "check", path)
    assert refused.returncode == 3 and "网络多媒体教室" in refused.stdout
    cells = own_project / "extract" / "sources" / "census" / "census_workbook" / "cells.csv"
    lines = cells.read_text(encoding="utf-8").splitlines()
    old = next(line for line in lines if "multimedia_rooms" in line and line.startswith("2021"))
    moved = [old.replace("2021,,", "2021,2025,"), old.replace("2021,,", "2026,,").replace("网络多媒体教室", "智慧教室")]
    cells.write_text("\n".join([*(line for line in lines if line != old), *moved]) + "\n", encoding="utf-8")
    accepted = office.run_with(own_project, "check", path)
    assert accepted.returncode == 0, accepted.stdout


def test_check_says_what_the_night_would_say(office: Office, tmp_path: Path):
    good = workbook(tmp_path / "x", 2024, school("649630", 1))
    assert office.run("check", str(good)).returncode == 0
    bad = workbook(tmp_path / "x", 2024, school("649630", 2, primary__pupils=201))
    said = office.run("check", str(bad))
    assert said.returncode == 3
    assert "201" in said.stdout and "200" in said.stdout and "I6" in said.stdout and "处理办法" in said.stdout
    cut = tmp_path / "x" / "census" / "2024" / "649630" / "残.xlsx"
    cut.write_bytes(good.read_bytes()[:2500])
    said = office.run("check", str(cut))
    assert said.returncode == 3 and "重新导出" in said.stdout and "Traceback" not in said.stdout + said.stderr
    assert not (office.root / "published").exists()


def test_the_dag_file_is_light_and_declares_the_schedule():
    program = (
        "import sys; sys.path.insert(0, 'dags'); import nightly_refresh, backfill, night_watch; heavy = {'pandas', "
        "'great_expectations', 'dbt', 'duckdb', 'pyarrow'} & set(sys.modules); print(sorted(heavy)); d = "
        "nightly_refresh.nightly_refresh(); print(d.schedule, d.timezone, d.max_active_runs, sorted(d.task_ids))"
    )
    done = subprocess.run(
        [str(PROJECT / ".venv" / "bin" / "python"), "-c", program], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    heavy, facts = done.stdout.strip().splitlines()[-2:]
    assert heavy == "[]"
    assert (
        facts.startswith("0 2 * * *")
        and "Asia/Shanghai" in facts
        and " 1 ['build', 'check_parameters', 'check_shard', 'distribute', 'gather', 'publish', 'read_shard', "
        "'receive', 'summarise', 'write_pages']"
        in facts
    )


def test_the_warehouse_is_swapped_whole_under_readers(night_office: Office):
    """Readers that open the published file again and again never fail while nights publish."""
    office = night_office
    warehouse = str(office.root / "published" / "junheng.duckdb")
    schools = "select count(*) from marts.mart_school_compliance where county_code = '649881'"
    workbook(office.landing, 2024, school(PLAIN, 2))
    night = subprocess.Popen(
        [python(), str(PROJECT / ".venv" / "bin" / "junheng"), "refresh"],
        env={**os.environ, "JUNHENG_HOME": str(office.root)},
        stdout=subprocess.DEVNULL,
    )
    counts = set()
    while night.poll() is None:
        with duckdb.connect(warehouse, read_only=True) as reader:
            counts.add(reader.execute(schools).fetchall()[0][0])
        time.sleep(0.1)
    assert night.returncode == 0
    counts.add(office.query(schools)[0][0])
    assert counts == {1, 2}


def test_fixtures_are_where_the_tests_think():
    assert len(list((FIXTURES / "landing").rglob("*.xlsx"))) > 90
