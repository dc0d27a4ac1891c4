"""A source and an indicator that the project does not know, added as CONTRIBUTING.md says: from file to ledger.

The toy, a register of school meals, lies in ``tests/fixtures/toy`` as it is laid into a copy of the project.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import FIXTURES, Office
from tests.factories import school, workbook

COUNTY = "649473"
_SEEDS = {
    "sources/measures": [
        "meals_entitled,count,persons,应供餐人数,Entitled to meals",
        "meals_served,count,persons,实供餐人数,Served meals",
    ],
    "sources/indicator_sources": ["G16,meal_register,meals_served", "G16,meal_register,meals_entitled"],
    "standard/indicators": [
        "G16,government_assurance,营养餐供餐率达到95%,School meals served,营养餐,Meals,"
        "school,ratio,%,>=,100,persons,ceil,false,true"
    ],
    "standard/standards": ["national-2017,G16,all,all,,2017,,95,,national,合成 synthetic"],
    "standard/indicator_scope": ["G16,primary_school,true"],
}
_UNION = "dbt_project/models/indicators/int_indicator_criteria.sql"


def _lay_in(project: Path) -> None:
    shutil.copytree(FIXTURES / "toy", project, dirs_exist_ok=True)
    for seed, lines in _SEEDS.items():
        path = project / "dbt_project" / "seeds" / f"{seed}.csv"
        path.write_text(path.read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8")
    union = project / _UNION
    text = union.read_text(encoding="utf-8")
    union.write_text(text.replace("indicators = [", "indicators = [\n    'g16_meals',", 1), encoding="utf-8")


def _generate(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "extract.definitions.generated"],
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_toy_source_walks_from_file_to_verdict_evidence_and_ledger(office: Office, own_project: Path):
    _lay_in(own_project)
    _generate(own_project)
    folder = office.landing / "meals" / "2024" / COUNTY
    made = office.run_with(own_project, "template", "meals", "--year", "2024", "--county", COUNTY, "--target", folder)
    assert made.returncode == 0, made.stdout + made.stderr
    (register,) = folder.glob("*.xlsx")
    book = openpyxl.load_workbook(register)
    header = next(i for i, line in enumerate(book.active.iter_rows(values_only=True), 1) if "学校标识码" in line)
    schools = [school(COUNTY, number) for number in (1, 2, 3, 4)]
    figures = [(100, 96), (100, 50), (100, "很多"), (100, 101)]
    for line, (figure, one) in enumerate(zip(figures, schools, strict=True), header + 2):
        for column, value in enumerate((one["all", "school_id"], one["all", "school_name"], *figure), 1):
            book.active.cell(line, column, value)
    book.save(register)
    for one in schools:
        workbook(office.landing, 2024, one)

    done = office.refresh_with(own_project, "--as-of", "2025-07-01")

    assert done.returncode == 3, done.stdout + done.stderr  # two cells are set aside
    rows = office.query(
        "select right(school_id, 3), value, verdict, reason, numerator from marts.mart_government_assurance where "
        "county_code = ? and assessment_year = 2025 and indicator_code = 'G16' order by school_id",
        [COUNTY],
    )
    assert rows == [
        ("", None, "fail", None, None),
        ("001", 96.0, "pass", None, 96.0),
        ("002", 50.0, "fail", None, 50.0),
        ("003", None, "no_data", "quarantined", None),
        ("004", None, "no_data", "quarantined", None),
    ]
    evidence = office.query(
        "select measure, raw_value, status, cell from marts.mart_indicator_evidence where county_code = ? and "
        "indicator_code = 'G16' and right(school_id, 3) in ('001', '003') order by all",
        [COUNTY],
    )
    assert evidence == [
        ("meals_entitled", "100", "loaded", f"C{header + 2}"),
        ("meals_entitled", "100", "loaded", f"C{header + 4}"),
        ("meals_served", "96", "loaded", f"D{header + 2}"),
        ("meals_served", "很多", "quarantined", f"D{header + 4}"),
    ]
    assert office.query(
        "select right(school_id, 3), quantity_missing, unit, status from marts.mart_gap_ledger where county_code = ? "
        "and indicator_code = 'G16'",
        [COUNTY],
    ) == [("002", 45.0, "persons", "open")]


def _without(path: str, line: str = ""):
    """Return what takes a piece away: a file, or the line of a file that begins so."""

    def take(project: Path) -> None:
        target = project / path
        if not line:
            target.unlink()
            return
        lines = target.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [text for text in lines if not text.strip().startswith(line)]
        assert len(kept) < len(lines)
        target.write_text("".join(kept), encoding="utf-8")

    return take


_MEALS, _STANDARD, _SOURCES = "extract/sources/meals", "dbt_project/seeds/standard", "dbt_project/seeds/sources"
# What is left out, and what the message must name.
_PIECES = {
    "source": (_without(f"{_MEALS}/source.yml"), ["meals/source.yml"]),
    "checks": (_without(f"{_MEALS}/checks.yml"), ["meals/checks.yml"]),
    "form": (_without(f"{_MEALS}/meal_register/form.yml"), ["meal_register/form.yml"]),
    "columns": (_without(f"{_MEALS}/meal_register/columns.csv"), ["meal_register/columns.csv"]),
    "clock": (_without(f"{_MEALS}/meal_register/form.yml", "clock"), ["meal_register/form.yml", "clock"]),
    "measure": (
        _without(f"{_SOURCES}/measures.csv", "meals_served"),
        ["meal_register/columns.csv:5", "meals_served", "measures.csv"],
    ),
    "indicator": (_without(f"{_STANDARD}/indicators.csv", "G16"), ["indicators.csv", "g16_meals"]),
    "standard": (_without(f"{_STANDARD}/standards.csv", "national-2017,G16"), ["standards.csv", "G16"]),
    "scope": (_without(f"{_STANDARD}/indicator_scope.csv", "G16"), ["indicator_scope.csv", "G16"]),
    "evidence": (_without(f"{_SOURCES}/indicator_sources.csv", "G16"), ["indicator_sources.csv", "G16"]),
    "criteria": (_without("dbt_project/models/indicators/g16_meals.sql"), ["G16", "g16_….sql"]),
    "union": (_without(_UNION, "'g16_meals'"), ["int_indicator_criteria.sql", "g16_meals"]),
}


@pytest.mark.parametrize("piece", _PIECES)
def test_a_piece_that_is_left_out_is_named(office: Office, own_project: Path, piece: str):
    take, named = _PIECES[piece]
    _lay_in(own_project)
    _generate(own_project)
    take(own_project)
    if piece == "clock":
        _generate(own_project)
    done = office.refresh_with(own_project)
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    told = re.sub(r"\s", "", done.stderr)
    assert all(name in told for name in named), done.stderr
    assert not (office.root / "published" / "junheng.duckdb").exists()


def test_lists_that_were_not_written_anew_are_named(office: Office, own_project: Path):
    _lay_in(own_project)
    done = office.refresh_with(own_project)
    assert done.returncode == 1
    assert "make docs" in done.stderr and "sources.yml" in re.sub(r"\s", "", done.stderr)


_MISTAKES = {
    f"{_MEALS}/source.yml": ("title_en:", "titel_en:", "source.yml:2", "title_en"),
    f"{_MEALS}/checks.yml": ("severity: quarantine", "severity: quarantined", "checks.yml:3", "quarantine"),
    f"{_MEALS}/meal_register/form.yml": ("layout: list", "layout: lists", "form.yml:2", "list"),
    f"{_MEALS}/meal_register/columns.csv": (",all,meals_served", ",al,meals_served", "columns.csv:5", "all"),
}


@pytest.mark.parametrize("file", _MISTAKES)
def test_a_word_that_nobody_knows_is_named_with_file_line_and_the_right_one(
    office: Office, own_project: Path, file: str
):
    right, wrong, place, hint = _MISTAKES[file]
    _lay_in(own_project)
    path = own_project / file
    path.write_text(path.read_text(encoding="utf-8").replace(right, wrong, 1), encoding="utf-8")
    done = office.refresh_with(own_project)
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    told = re.sub(r"\s", "", done.stderr)
    assert place in told and f"是不是{hint}" in told, done.stderr
