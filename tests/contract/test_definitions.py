"""The data that rules the night: forms, suites, seeds, messages."""

import re
import subprocess

import pytest

from expectations.suite import TOKEN, load, suites
from extract.common.seeds import seed
from extract.definitions.forms import load_form, sources
from extract.definitions.vocabulary import measure_kinds, unit_factor
from extract.refusal import Finding, catalogue, message
from tests.conftest import PROJECT

YEARS = range(2021, 2030)


@pytest.mark.parametrize("name", [f for forms in sources().values() for f in forms])
def test_every_form_is_declared_soundly(name: str):
    for year in YEARS:
        declared = load_form(name, year)
        fields = [f for f in declared.fields if f.measure]
        assert fields
        for field in fields:
            assert field.measure in measure_kinds(), field
            assert field.required in ("yes", "no", "stage"), field
            assert not field.unit or unit_factor(field.unit, field.measure), field
        if declared.layout == "workbook":
            assert declared.is_complete
            places = [(f.sheet, f.line, f.number, f.column) for f in fields]
            assert len(places) == len(set(places))
            assert {f.sheet for f in fields} == {s.sheet for s in declared.sheets}
            # A measure has one cell; one that need not be there may go by several names.
            needed = [f.figure for f in fields if f.required != "no"]
            assert len(set(needed)) == len(needed)
        else:
            assert len({f.column for f in fields}) == len(fields)


def test_forms_feed_every_measure_that_the_indicators_need():
    for name in ("census_workbook", "census_list"):
        known = {f.figure for f in load_form(name, 2024).fields}
        needed = {(r["measure_stage"], r["measure"]) for r in seed("indicator_measures")} | {
            ("primary", "pupils"),
            ("junior", "pupils"),
            ("senior", "pupils"),
        }
        assert needed <= known


def test_workbooks_before_2021_are_refused_with_what_is_known():
    assert load_form("census_workbook", 2020) is not None
    assert not load_form("census_workbook", 2020).is_complete


def test_standards_are_the_published_ones():
    published = {
        "primary": {
            "R1": (4.2, 3.57),
            "R2": (1, 0.85),
            "R3": (0.9, 0.765),
            "R4": (4.5, 3.825),
            "R5": (7.5, 6.375),
            "R6": (2000, 1700),
            "R7": (2.3, 1.955),
        },
        "junior": {
            "R1": (5.3, 4.505),
            "R2": (1, 0.85),
            "R3": (0.9, 0.765),
            "R4": (5.8, 4.93),
            "R5": (10.2, 8.67),
            "R6": (2500, 2125),
            "R7": (2.4, 2.04),
        },
    }
    ours: dict[str, dict[str, tuple[float, float]]] = {"primary": {}, "junior": {}}
    for row in seed("standards"):
        if row["indicator_code"].startswith("R"):
            ours[row["stage"]][row["indicator_code"]] = (float(row["threshold"]), float(row["floor"]))
    assert ours == published
    assert {r["stage"]: float(r["cv_limit"]) for r in seed("coefficient_limits")} == {"primary": 0.50, "junior": 0.45}


@pytest.mark.parametrize("source", sorted(suites()))
def test_every_check_says_who_acts_and_how(source: str):
    checks = load(source)
    assert len({c.id for c in checks}) == len(checks) > 0
    for check in checks:
        assert check.severity in ("quarantine", "warn")
        assert (check.severity == "quarantine") == bool(check.quarantines), check.id
        assert check.min_value is not None or check.max_value is not None, check.id
        for words in (check.zh, check.en, check.fix_zh, check.fix_en, check.who_acts):
            assert words and "{" not in re.sub(r"\{(found|expected|column)\}", "", words), check.id
        for match in TOKEN.finditer(check.difference):
            assert match.group(3) in measure_kinds(), (check.id, match.group(0))


@pytest.mark.parametrize("source", sorted(sources()))
def test_every_source_has_a_suite_and_the_checks_of_any_cell(source: str):
    of_any_cell = set.intersection(*({c.id for c in load(other)} for other in sources()))
    assert {"cells_not_a_number", "cells_negative", "cells_word_not_known", "cells_not_a_date"} <= of_any_cell
    assert {c.id for c in load(source)} - of_any_cell, f"{source}: no checks of its own"


# Figures that are computed, and what they are held against. A reported 0 has no noise.
_FIGURES = (
    r"(?:value(?:_low|_high|_before)?|cv(?:_before|_limit)?|mean|threshold|standard(?:_deviation)?|floor|forecast\w*"
    r"|target_value|figure(?:_before)?|\w*share|ratio\w*|gap\w*|\w*hours|rate|limit|level|low|high)"
)
_BARE = re.compile(rf"\b{_FIGURES}\s*(?:<=|>=|<(?!>)|>)(?!\s*0\b)|(?:<=|>=|(?<![-<])>|<)\s*(?:\w+\.)?{_FIGURES}\b")


def test_computed_figures_are_compared_through_the_guards_only():
    """Macros at_least, at_most, above, below and alike of macros/rules/; floating-point noise decides nothing."""
    folder = PROJECT / "dbt_project"
    bare = [
        f"{path.relative_to(folder)}:{number}: {line.strip()}"
        for path in [*folder.glob("models/**/*.sql"), *folder.glob("tests/**/*.sql")]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if not line.strip().startswith("--") and _BARE.search(re.sub(r"\{\{.*?\}\}", "", line))
    ]
    assert bare == []
    assert (
        _BARE.search("where a.value >= b.threshold")
        and _BARE.search("q.hours < limit")
        and not _BARE.search("m.mean > 0 and x <> value")
    )


def test_every_refusal_has_its_words_in_both_languages():
    raised = set()
    for path in [*(PROJECT / "extract").glob("*.py"), *(PROJECT / "junheng").glob("*.py")]:
        raised |= set(re.findall(r'Finding\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8")))
    assert raised <= set(catalogue())
    for code in catalogue():
        for language, sign in (("zh", "处理办法"), ("en", "How to fix")):
            assert sign in message(Finding(code, "表", "A1", "x", "y"), language)


def test_the_lock_file_names_no_address_and_pins_everything():
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    packages = re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE)
    assert len(packages) > 100
    assert lock.count("--hash=sha256:") > len(packages)


def test_no_tracked_file_names_a_package_registry():
    files = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True).stdout.split("\n")
    hosts = re.compile("|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)")))
    for name in filter(None, files):
        path = PROJECT / name
        if path.suffix in (".md", ".py", ".toml", ".yml", ".lock", ".sh", "") and path.is_file():
            assert not hosts.search(path.read_text(encoding="utf-8", errors="ignore")), name


def test_a_check_over_a_file_tells_its_years_apart():
    """One content may have come for two years: its lines are no doubles of each other."""
    over_files = [
        (check.id, window)
        for source in sources()
        for check in load(source)
        for sql in (check.difference, check.found, check.expected)
        for window in re.findall(r"partition by ([^)]*)", sql)
        if "file_sha256" in window
    ]
    assert len(over_files) > 20
    assert [check for check, window in over_files if "year" not in window] == []
