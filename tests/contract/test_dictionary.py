"""The contract of the marts: described in two languages, owned, read by somebody, and never changed without a line that
says so.
"""

import csv
import re

import yaml

from publish.dictionary import FILE, PAGES, as_text, from_manifest, in_language, marts, page
from tests.conftest import PROJECT

_CHINESE = re.compile("[\u4e00-\u9fff]")


def exposures() -> dict[str, set[str]]:
    declared = yaml.safe_load(
        (PROJECT / "dbt_project" / "models" / "marts" / "contract.yml").read_text(encoding="utf-8")
    )
    return {
        e["name"]: {re.fullmatch(r"ref\('(\w+)'\)", ref)[1] for ref in e["depends_on"]} for e in declared["exposures"]
    }


def test_every_mart_and_column_is_described_in_both_languages():
    for mart in marts():
        for name, text in [
            (mart.name, mart.description),
            *((column.name, column.description) for column in mart.columns),
        ]:
            chinese, english = in_language(text, "zh"), in_language(text, "en")
            assert _CHINESE.search(chinese) and english and not _CHINESE.search(english), (mart.name, name, text)


def test_the_dictionary_is_that_of_dbts_manifest():
    assert FILE.read_text(encoding="utf-8") == as_text(from_manifest()), "run make docs"


def test_the_pages_are_those_of_the_project_as_it_is():
    for language, path in PAGES.items():
        assert path.read_text(encoding="utf-8") == page(language), f"{path.name}: run make docs"


def test_no_column_changes_without_a_line_in_the_record_of_changes():
    """Replayed line by line, the record gives today's contract; a column that BI tools know is never taken away."""
    on_record: dict[tuple[str, str], str] = {}
    with (PROJECT / "docs" / "data-changes.csv").open(encoding="utf-8", newline="") as lines:
        changes = list(csv.DictReader(lines))
    assert changes == sorted(changes, key=lambda line: line["changed_on"])
    for line in changes:
        key = line["mart"], line["column"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", line["changed_on"]) and line["why"], line
        assert line["change"] in ("added", "retyped", "redefined") and (key in on_record) == (
            line["change"] != "added"
        ), line
        assert line["change"] != "redefined" or on_record[key] == line["data_type"], line
        on_record[key] = line["data_type"]
    assert on_record == {(mart.name, column.name): column.data_type for mart in marts() for column in mart.columns}


def test_every_mart_is_read_by_somebody_and_each_dashboard_says_what_it_reads():
    read = exposures()
    assert {mart.name for mart in marts()} == set.union(*read.values())
    datasets = yaml.safe_load((PROJECT / "publish" / "superset" / "datasets.yml").read_text(encoding="utf-8"))
    for path in (PROJECT / "publish" / "superset" / "dashboards").glob("*.yml"):
        board = yaml.safe_load(path.read_text(encoding="utf-8"))
        drawn = {entry["dataset"] for row in board["rows"] for entry in row if "chart" in entry}
        wanted = {datasets[name]["mart"] for name in drawn if "mart" in datasets[name]} | (
            {"mart_target_progress"} if "target_trend" in drawn else set()
        )
        said = read[board["slug"].replace("-", "_")]
        # Filters read the schools' verdicts and the names of counties and indicators.
        assert wanted <= said <= wanted | {"mart_school_compliance", "dim_county", "dim_indicator", "dim_school"}, (
            board["slug"]
        )
