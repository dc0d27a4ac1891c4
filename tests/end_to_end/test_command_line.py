"""The command line as a person meets it: version, help, facts for programs, Ctrl-C, and other systems than Linux."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from junheng.cli.overview import COMMANDS
from junheng.timing import Timing
from tests.conftest import FIXTURES, PROJECT, Office
from tests.factories import school, table, workbook

JUNHENG = str(Path(sys.executable).with_name("junheng"))


def test_version_and_short_help(office: Office):
    assert office.run("--version").stdout.startswith("junheng 0.")
    assert office.run("-h").stdout == office.run("--help").stdout
    assert office.run("refresh", "-h").returncode == 0
    assert office.run().returncode == office.run("nothing-like-it").returncode == 2
    assert office.run().stdout == office.run("--help", "explain").stdout == office.run("--help").stdout


def test_the_shell_completes_commands():
    asked = {"_JUNHENG_COMPLETE": "complete_bash", "COMP_WORDS": "junheng ex", "COMP_CWORD": "1"}
    done = subprocess.run([JUNHENG], env={**os.environ, **asked}, cwd=PROJECT, capture_output=True, text=True)
    assert sorted(done.stdout.split()) == ["explain", "export"], done.stderr


def test_every_command_is_in_the_overview_and_where_it_says():
    # The library of the command line is asked, in a process that imported every module.
    listed = """
from importlib import import_module
from junheng.cli.overview import COMMANDS
from junheng.cli.app import app
for command in COMMANDS.values():
    import_module(f"junheng.cli.{command.module}")
for known in app.registered_commands:
    print(known.name or known.callback.__name__, known.callback.__module__)
for known in app.registered_groups:
    print(known.name, known.typer_instance.registered_commands[0].callback.__module__)
"""
    done = subprocess.run([sys.executable, "-c", listed], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.splitlines()) == sorted(
        f"{name} junheng.cli.{command.module}" for name, command in COMMANDS.items()
    )


def test_status_for_programs(sample_office: Office):
    done = sample_office.run("status", "--json")
    facts = json.loads(done.stdout)
    assert done.returncode == 0
    assert {county["county_code"] for county in facts["counties"]} >= {"640205", "640122"}
    assert facts["files_refused"] == 0 and facts["run"]
    nights = json.loads(sample_office.run("status", "--history", "--json").stdout)
    assert len(nights) == 1 and nights[0]["seconds"]["transform"] > 0


def test_ctrl_c_says_what_stands_and_the_next_night_goes_on(office: Office):
    workbook(office.landing, 2024, school("649841", 1))
    # In a process group of its own, as a terminal has it: Ctrl-C reaches every process of the night.
    night = subprocess.Popen(
        [JUNHENG, "refresh"],
        env={**os.environ, "JUNHENG_HOME": str(office.root)},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert any("3/5" in line for line in night.stdout)
    os.killpg(night.pid, signal.SIGINT)
    _, errors = night.communicate(timeout=60)
    assert night.returncode == 130
    assert "已中断" in errors and "还没有发布过数据" in errors and "Traceback" not in errors, errors
    assert "被人中断" in office.run("status", "--history").stdout
    assert office.refresh().returncode == 0
    assert office.query("select count(*) from marts.mart_school_compliance") == [(1,)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", str(FIXTURES / "cases/census/2025/649817/一览.xlsx")],
        ["template", "rooms", "--year", "2025", "--county", "640205", "--target", "{folder}"],
        ["explain", "--county", "640205", "--assessment-year", "{year}"],
        ["progress", "--county", "640205"],
        ["export", "--county", "640205", "--target", "{folder}"],
        ["status"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_a_clerk_uses_runs_on_other_systems(sample_office: Office, tmp_path: Path, arguments: list[str]):
    ((year,),) = sample_office.query(
        "select max(assessment_year) from marts.mart_county_scorecard where county_code = '640205'"
    )
    here = sample_office.run(*[a.format(folder=tmp_path / "here", year=year) for a in arguments])
    environment = {
        **os.environ,
        "JUNHENG_HOME": str(sample_office.root),
        "COLUMNS": "160",
        "PYTHONPATH": str(PROJECT / "tests" / "elsewhere"),
    }
    there = subprocess.run(
        [JUNHENG, *[a.format(folder=tmp_path / "there", year=year) for a in arguments]],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert (here.returncode, there.returncode) == (0, 0), here.stdout + there.stderr
    assert there.stdout.replace("/there", "/here") == here.stdout


def test_one_command_writes_every_template_filled_as_far_as_is_known(sample_office: Office, tmp_path: Path):
    ((county, schools, junior),) = sample_office.query(
        "select county_code, count(distinct school_id), count(distinct school_id) filter (stage = 'junior') from "
        "marts.mart_school_compliance group by all order by count(*) desc limit 1"
    )
    done = sample_office.run("template", "all", "--year", "2025", "--county", county, "--target", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{sample_office.landing}/finance/2025/{county}/" in done.stdout
    assert {folder.name for folder in tmp_path.iterdir()} >= {
        "finance",
        "hr",
        "rooms",
        "survey",
        "attestation",
        "targets",
    } and not (tmp_path / "published").exists()

    def sheet(source: str, title: str) -> openpyxl.worksheet.worksheet.Worksheet:
        return openpyxl.load_workbook(tmp_path / source / f"{title}_{county}_2025.xlsx").active

    budget = sheet("finance", "学校公用经费预算表")
    codes = [budget.cell(line, 1).value for line in range(6, budget.max_row + 1)]
    assert len(codes) == len(set(codes)) == schools and all(len(code) == 10 for code in codes)
    places = sheet("enrolment", "优质高中招生名额分配表")
    assert places.max_row - 5 == junior
    # A year is a year, a unit is Chinese, a long list is a drop-down too, and paper is one page wide.
    targets = sheet("targets", "目标登记表")
    assert [cell.value for cell in targets[5]][2] == "2027"
    assert any("A6" in v.sqref and v.formula1.startswith("$B") for v in targets.data_validations.dataValidation)
    for row in budget, places, targets:
        assert (
            row.page_setup.orientation,
            row.page_setup.fitToWidth or 1,
            row.page_setup.fitToHeight,
            row.print_title_rows,
        ) == ("landscape", 1, 0, "$3:$3") and row.sheet_properties.pageSetUpPr.fitToPage
        assert not [cell.value for cell in row[4] if cell.value and cell.value.isascii()]


def test_check_tells_blanks_merged_cells_and_units_before_the_file_is_dropped(office: Office):
    blank = workbook(office.landing, 2024, school("649842", 1, primary__pupils=None))
    said = office.run("check", blank)
    assert said.returncode == 0 and "“在校生数/合计”空着" in said.stdout and "所属学校标识码" not in said.stdout
    budget = table(
        office.landing,
        "finance_budget",
        2024,
        "649842",
        [
            {
                "school_id": "2649842001",
                "school_name": "合成第1小学",
                "public_funds_budget_yuan": None,
                "training_budget_yuan": 5,
            }
        ],
    )
    assert "“公用经费预算总额”空着，算未填报，不算 0：第 6 行" in office.run("check", budget).stdout
    prices = table(
        office.landing,
        "gap_prices",
        2024,
        "649842",
        [{"gap_indicator": "R4", "school_stage": "小学", "price_yuan": 0.25, "price_source": "合成价目"}],
    )
    assert "填的是 0.25 元，常见为 10–10000000 元" in office.run("check", prices).stdout
    merged = office.run("check", FIXTURES / "cases/census/2025/649819/一览.xlsx")
    assert merged.returncode == 3 and merged.stdout.count("合并单元格跨了几行") == 2 and "AL3" in merged.stdout


def test_ctrl_c_that_a_library_swallows_ends_the_night_with_its_step():
    """Whatever catches everything it can: here the step itself."""
    timing, told = Timing(), []
    with pytest.raises(KeyboardInterrupt), timing.interruptible():
        with timing.step("extract", "2/5", told.append), suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        told.append("the night went on")
    assert told == ["2/5"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
