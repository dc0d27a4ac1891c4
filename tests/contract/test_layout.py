"""What no formatter holds: the width of SQL, one macro a file, one .yml a model, a file for each indicator."""

import hashlib
import re

import yaml

from extract.common.seeds import seed
from tests.conftest import PROJECT

_DBT = PROJECT / "dbt_project"
# What dbt calls by another name than the file may have.
_OTHER_NAMES = {
    "as_known_materialization": "as_known",
    "override_ref": "ref",
    "snapshot_materialization": "snapshot",
    "table_materialization": "table",
}


def test_no_line_of_sql_is_wider_than_120():
    wide = [
        f"{path.relative_to(PROJECT)}:{number}"
        for folder in ("models", "macros", "tests", "snapshots")
        for path in (_DBT / folder).rglob("*.sql")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert wide == []


def test_a_macro_has_a_file_of_its_name():
    files = list((_DBT / "macros").rglob("*.sql"))
    assert len(files) > 40
    for path in files:
        defined = re.findall(r"{%-? *(?:macro|test|materialization) +(\w+)", path.read_text(encoding="utf-8"))
        assert defined == [_OTHER_NAMES.get(path.stem, path.stem)], path.name


def test_a_model_has_its_yml_beside_it_with_its_grain():
    models = list((_DBT / "models").rglob("*.sql"))
    assert len(models) > 120
    for path in models:
        declared = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))["models"]
        assert [model["name"] for model in declared] == [path.stem]
        assert re.search(r"one row per|一行|每", declared[0]["description"], re.IGNORECASE), path.stem
        # The criteria of indicators are part of int_indicator_criteria, whose grain is tested.
        assert declared[0].get("data_tests") or re.match(r"[gqs]\d", path.stem), path.stem


def test_an_indicator_is_found_by_its_code():
    files = {path.stem.split("_")[0] for path in (_DBT / "models" / "indicators").glob("[gqs][0-9]*.sql")}
    for row in seed("indicators"):
        letter, number = re.fullmatch(r"([A-Z])(\d+)[a-z]?", row["indicator_code"]).groups()
        if letter != "R":
            assert (f"g{int(number):02d}" if letter == "G" else f"{letter.lower()}{number}") in files


def test_what_is_vendored_is_what_its_readme_says():
    vendor = PROJECT / "publish" / "pages" / "vendor"
    said = re.search(r"sha256 ([0-9a-f]{64})", (vendor / "README.md").read_text(encoding="utf-8"))
    assert said and hashlib.sha256((vendor / "echarts.common.min.js").read_bytes()).hexdigest() == said[1]


def test_pages_compare_figures_as_the_sql_does():
    from publish.pages.whatif_data import NOISE

    macro = (PROJECT / "dbt_project" / "macros" / "rules" / "noise.sql").read_text(encoding="utf-8")
    said = re.search(r"macro noise\(\) -%}\s*(\S+)", macro)
    assert said and float(said[1]) == NOISE
