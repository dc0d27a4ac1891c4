"""A county's part in files: what programs read beside them, and workbooks for people."""

import hashlib
import json
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from frictionless import Package, Resource, Schema

from publish.dictionary import marts
from tests.conftest import Office

COUNTY = "640998"


@pytest.fixture(scope="module")
def exported(sample_office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("exported")
    done = sample_office.run("export", "--county", COUNTY, "--target", target, "--csv", "--xlsx")
    assert done.returncode == 0, done.stderr
    return target


def test_a_package_of_csv_is_valid_with_every_row_of_it(sample_office: Office, exported: Path):
    report = Package(str(exported / "csv" / "datapackage.json")).validate()
    assert report.valid, report.to_summary()
    assert [task.name for task in report.tasks] == [mart.name for mart in marts()]
    ((schools,),) = sample_office.query(
        f"select count(*) from marts.mart_school_compliance where county_code = '{COUNTY}'"
    )
    (table,) = [task for task in report.tasks if task.name == "mart_school_compliance"]
    assert table.stats["rows"] == schools > 0


def test_a_package_of_parquet_says_what_is_in_the_files(exported: Path):
    described = json.loads((exported / "parquet" / "datapackage.json").read_text(encoding="utf-8"))
    assert Package.validate_descriptor(described).valid
    kinds = {"string": "string", "number": "double", "integer": "int", "boolean": "bool", "date": "date32"}
    for resource in described["resources"]:
        columns = pq.read_schema(exported / "parquet" / resource["path"])
        assert columns.names == [field["name"] for field in resource["schema"]["fields"]]
        for field in resource["schema"]["fields"]:
            assert str(columns.field(field["name"]).type).startswith(kinds.get(field["type"], "timestamp")), field
            assert field["description"]
        # Frictionless's own reader of Parquet takes a missing integer for NaN, so it is given the rows.
        table = pq.read_table(exported / "parquet" / resource["path"])
        schema = Schema.from_descriptor(resource["schema"])
        rows = [columns.names, *map(list, zip(*table.to_pydict().values(), strict=True))]
        checked = Resource(data=rows, schema=schema).validate()
        assert checked.valid and checked.tasks[0].stats.get("rows", 0) == table.num_rows, checked.to_summary()


def test_a_broken_file_is_found_by_its_package(exported: Path, tmp_path: Path):
    """The package can fail: a text in the place of a figure."""
    described = json.loads((exported / "csv" / "datapackage.json").read_text(encoding="utf-8"))
    (resource,) = [r for r in described["resources"] if r["name"] == "mart_school_compliance"]
    text = (exported / "csv" / resource["path"]).read_text(encoding="utf-8-sig")
    (tmp_path / resource["path"]).write_text(text.replace("2022,", "no year,", 1), encoding="utf-8-sig")
    assert not Resource(resource, basepath=str(tmp_path)).validate().valid


def test_a_workbook_speaks_to_people(sample_office: Office, exported: Path):
    sheet = openpyxl.load_workbook(exported / "xlsx" / "mart_school_compliance.xlsx").active
    heading, *rows = sheet.iter_rows(values_only=True)
    names = {text.split("\n")[1]: position for position, text in enumerate(heading)}
    assert heading[names["verdict"]].split("\n")[0] == "结论"
    assert sheet.title == "学校综合判定" and sheet.freeze_panes == "A2"
    words = {"pass": "达标", "fail": "不达标", "no_data": "未判定", "primary": "小学", "junior": "初中"}
    expected = sample_office.query(
        "select school_id, verdict, stage, indicators_met from marts.mart_school_compliance where county_code = ? "
        "order by census_year, school_id, stage",
        [COUNTY],
    )
    columns = ("school_id", "verdict", "stage", "indicators_met")
    assert [tuple(row[names[column]] for column in columns) for row in rows] == [
        tuple(words.get(value, value) for value in row) for row in expected
    ]
    assert rows[0][names["is_public"]] in ("是", "否")


def test_every_mart_is_a_workbook_without_a_formula(sample_office: Office, exported: Path):
    counts = {}
    for path in sorted((exported / "xlsx").glob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        assert not [c for row in book.active.iter_rows() for c in row if c.data_type == "f"], path.name
        counts[path.stem] = book.active.max_row - 1
    assert counts == {
        path.stem: pq.read_metadata(path).num_rows for path in sorted((exported / "parquet").glob("*.parquet"))
    }


def test_the_same_rows_are_the_same_files(sample_office: Office, exported: Path, tmp_path: Path):
    done = sample_office.run("export", "--county", COUNTY, "--target", tmp_path, "--csv", "--xlsx")
    assert done.returncode == 0
    for kind in ("csv", "parquet", "xlsx"):
        first, again = (
            {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((root / kind).iterdir())}
            for root in (exported, tmp_path)
        )
        assert first == again
