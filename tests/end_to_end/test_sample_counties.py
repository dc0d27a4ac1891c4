"""Two sample counties, four censuses each, through the front door to exactly the expected figures."""

import json

import duckdb
import pytest
import yaml

from publish.dictionary import marts
from tests.conftest import FIXTURES, PROJECT, Office

MARTS = {
    "mart_resource_allocation": (
        ["census_year", "county_code", "school_id", "stage", "indicator_code"],
        ["pupils", "quantity", "value", "standard"],
        ["meets_standard", "meets_floor"],
    ),
    "mart_resource_balance": (
        ["census_year", "county_code", "stage", "indicator_code"],
        ["schools", "pupils", "mean", "standard_deviation", "cv", "cv_limit"],
        ["verdict"],
    ),
    "mart_school_compliance": (
        ["census_year", "county_code", "school_id", "stage"],
        ["indicators_met", "indicators_below_floor"],
        ["verdict"],
    ),
}


@pytest.mark.parametrize("mart", MARTS)
def test_figures_are_exactly_the_expected_ones(sample_office: Office, mart: str):
    keys, numbers, labels = MARTS[mart]
    with duckdb.connect(str(sample_office.root / "published" / "junheng.duckdb"), read_only=True) as connection:
        text = ", ".join(f"'{k}': 'varchar'" for k in keys if k != "census_year")
        connection.execute(
            f"create temp table expected as from read_csv('{FIXTURES}/expected/{mart}.csv', types = {{{text}}})"
        )
        where = "where county_code in ('640997', '640998')"
        ours, theirs = (
            connection.execute(f"select count(*) from {t} {where}").fetchall()[0][0]
            for t in (f"marts.{mart}", "expected")
        )
        assert ours == theirs > 100
        off = [f"m.{n} is null or abs(m.{n} - e.{n}) > 1e-9 * greatest(abs(e.{n}), 1e-12)" for n in numbers]
        off += [f"cast(m.{n} as varchar) is distinct from lower(cast(e.{n} as varchar))" for n in labels]
        matched = connection.execute(
            f"select count(*) from marts.{mart} as m inner join expected as e using ({', '.join(keys)})"
        ).fetchall()[0][0]
        assert matched == theirs
        differing = connection.execute(
            f"select * from marts.{mart} as m inner join expected as e using ({', '.join(keys)}) where "
            f"{' or '.join(off)} limit 3"
        ).fetchall()
        assert differing == []


def test_every_pupil_total_leads_back_to_its_cell(sample_office: Office):
    """Re-read a tenth of the loaded cells with another library."""
    import openpyxl

    rows = sample_office.query("""
        select census_year, county_code, file_name, sheet, cell, raw_value from marts.mart_lineage
        where file_name like '%.xlsx' and status = 'loaded' and hash(school_id || measure || stage) % 10 = 0
        order by 1, 2, 3
    """)
    assert len(rows) > 1000
    books: dict[tuple, openpyxl.Workbook] = {}
    for year, county, name, sheet, cell, raw in rows:
        key = (year, county, name)
        if key not in books:
            books[key] = openpyxl.load_workbook(
                FIXTURES / "landing" / "census" / str(year) / county / name, read_only=False
            )
        value = books[key][sheet][cell].value
        assert (f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)) == raw, (
            key,
            sheet,
            cell,
        )


def test_printed_ratios_stand_beside_what_their_own_figures_give(sample_office: Office):
    checked = {
        (county, metric): (printed, computed, agrees)
        for county, metric, printed, computed, agrees in sample_office.query(
            "select county_code, metric, printed, computed, agrees from marts.mart_published_check"
        )
    }
    # 45 of 129; the article prints a share that no whole number over 129 gives
    assert checked["640205", "backbone_share_printed"] == (45.99, pytest.approx(34.88, abs=0.005), False)
    # 129 over a number of eligible teachers that is not printed
    assert checked["640205", "exchange_share_printed"] == (15.69, None, None)
    # 23677 → 28841.74 in three years, compound
    assert checked["640205", "education_spending_growth_printed"] == (7.04, pytest.approx(6.80, abs=0.005), False)
    # 93 838 pupils in 1 917 classes; nothing printed
    assert checked["640104", "pupils_per_class"] == (None, pytest.approx(48.95, abs=0.005), None)
    assert checked["640104", "kindergarten_inclusive_share"] == (85.20, pytest.approx(85.22, abs=0.005), False)
    assert checked["640104", "kindergarten_public_share"] == (42.1, pytest.approx(42.09, abs=0.005), True)


def test_real_counties_show_what_they_printed_and_nothing_invented(sample_office: Office):
    assert sample_office.query("select name_zh from marts.dim_county where county_code = '640221'") == [("平罗县",)]
    assert sample_office.query(
        "select count(*) > 20 from marts.mart_published_figure where county_code = '640104'"
    ) == [(True,)]
    assert sample_office.query(
        "select distinct verdict, reason, cv from marts.mart_resource_balance where county_code = '640104'"
    ) == [("no_data", "not_delivered", None)]
    assert sample_office.query("select count(*) from marts.mart_resource_allocation where county_code = '640104'") == [
        (0,)
    ]


def test_explain_walks_from_verdict_to_cells(sample_office: Office):
    arguments = [
        "explain",
        "--county",
        "640998",
        "--school",
        "2164099821",
        "--stage",
        "junior",
        "--year",
        "2022",
        "--indicator",
        "R5",
    ]
    done = sample_office.run(*arguments, "--json")
    assert done.returncode == 0
    explained = json.loads(done.stdout)
    cells = {(c["measure"], c["cell"]): c for c in explained["cells"]}
    assert cells["sports_ground_area_m2", "D7"]["raw_value"] == "5772.22"
    assert cells["indoor_sports_area_m2", "C17"]["raw_value"] == "860.25"
    assert len(cells["pupils", "H6"]["file_sha256"]) == 64
    # 197 junior pupils beside 198 primary and 54 senior: (5772.22 + 860.25) × 1.1·197 / (198 + 1.1·197 + 1.32·54) / 197
    assert explained["value"]["value"] == pytest.approx(6632.47 * 216.7 / 485.98 / 197, rel=1e-9)
    shown = sample_office.run(*arguments)
    assert "教基5176!D7" in shown.stdout and "5772.22" in shown.stdout


def test_the_published_file_opens_in_a_duckdb_1_client(sample_office: Office, duckdb_1_client: str):
    import os
    import subprocess
    import sys

    program = (
        "import duckdb; assert duckdb.__version__.startswith('1.'); c = "
        f"duckdb.connect({str(sample_office.root / 'published' / 'junheng.duckdb')!r}, read_only=True); "
        "print(c.sql('select count(*) from marts.mart_resource_allocation').fetchall())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": duckdb_1_client},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[(2380,)]", done.stderr


def test_the_published_file_lists_its_marts_and_says_what_each_column_means(sample_office: Office):
    names = {mart.name for mart in marts()}
    assert {name for (name,) in sample_office.query("show tables")} == names | {"published_run"}
    assert not sample_office.query(
        "select table_name, column_name from duckdb_columns() where schema_name in ('main', 'marts') and not internal "
        "and comment is null and table_name <> 'published_run'"
    )
    assert sample_office.query("select comment from duckdb_tables() where table_name = 'mart_finance'") == [
        ("县级教育经费逐年。One row per fiscal year and county.",)
    ]
    for name in names:
        assert sample_office.query(f"select count(*) from {name}") == sample_office.query(
            f"select count(*) from marts.{name}"
        )


def test_the_data_dictionary_is_one_offline_page(sample_office: Office):
    done = sample_office.run("docs")
    assert done.returncode == 0, done.stderr
    page = (sample_office.root / "reports" / "data-dictionary.html").read_text(encoding="utf-8")
    assert "mart_resource_allocation" in page and json.dumps("差异系数")[1:-1] in page


def test_every_school_on_the_roster_is_judged_or_listed_with_the_reason(sample_office: Office):
    on_roster = (
        "select distinct c.census_year, d.county_code, d.school_id from marts.dim_school as d inner join (select "
        "distinct census_year, county_code from marts.mart_resource_balance) as c on d.county_code = c.county_code "
        "and c.census_year between d.valid_from_year and coalesce(d.valid_to_year, 9999) where d.school_type is not "
        "null order by all"
    )
    spoken_of = (
        "select census_year, county_code, school_id from marts.mart_school_compliance where stage <> 'unknown' union "
        "select census_year, county_code, school_id from marts.mart_school_out_of_scope order by all"
    )
    assert sample_office.query(spoken_of) == sample_office.query(on_roster)
    assert sample_office.query(
        "select o.reason, o.school_type, count(*) > 0, bool_and((o.reason = 'counted_with_school') = "
        "(o.counted_with_school_id is not null)) from marts.mart_school_out_of_scope as o group by 1, 2 order by 1"
    ) == [
        ("counted_with_school", "teaching_point", True, True),
        ("outside_scope_type", "special_education", True, True),
        ("small_point", "teaching_point", True, True),
    ]


@pytest.mark.parametrize(
    "mart",
    ["mart_school_compliance", "mart_resource_allocation", "mart_government_assurance", "mart_gap_ledger"],
)
def test_a_row_says_what_readers_would_join_for(sample_office: Office, mart: str):
    """What the delivered lists say of the schools, and the standard of the indicators."""
    ((wrong,),) = sample_office.query(
        f"select count(*) from marts.{mart} as m left join marts.dim_county as c using (county_code) left join "
        "(select county_code, school_id, arg_max(struct_pack(school_type, urban_rural, is_public), valid_from_year) "
        "as latest from marts.dim_school group by all having count(*) = 1) as d using (county_code, school_id) "
        "where m.county_zh is distinct from c.name_zh or (d.latest is not null and (m.school_type is distinct from "
        "d.latest.school_type or m.urban_rural is distinct from d.latest.urban_rural or m.is_public is distinct "
        "from d.latest.is_public)) or (m.school_id = '' and m.school_type is not null)"
    )
    assert wrong == 0
    assert sample_office.query(f"select count(*) > 0 from marts.{mart} where school_type = 'nine_year'") == [(True,)]


def test_the_published_file_keeps_the_contract_that_other_programs_read(sample_office: Office):
    said = yaml.safe_load((PROJECT / "docs" / "contract.odcs.yaml").read_text(encoding="utf-8"))
    for table in said["schema"]:
        name = table["physicalName"]
        published = [(column, kind.lower()) for column, kind, *_ in sample_office.query(f"describe marts.{name}")]
        assert published == [(column["physicalName"], column["physicalType"]) for column in table["properties"]], name
        (rule,) = table["quality"]
        key = ", ".join(rule["arguments"]["properties"])
        twice = sample_office.query(f"select 1 from marts.{name} group by {key} having count(*) > 1 limit 1")
        assert (rule["metric"], rule["mustBe"], twice) == ("duplicateValues", 0, []), name
