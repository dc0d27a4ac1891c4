"""Files as people and programs make them, after public reports on spreadsheet readers and school data (none copied).

``tests/fixtures/cases`` is a landing folder with a county a case; all go through one night. What each must come to is
written here.
"""

import shutil
from dataclasses import dataclass

import pytest

from tests.conftest import FIXTURES, Office

ACCEPTED, SET_ASIDE = "in_force", "quarantined"


@dataclass(frozen=True)
class Due:
    """What a county's files must come to: (file, year) → status, reason; rows loaded; findings (check, cell); words in
    the messages.
    """

    county: str
    files: dict[tuple[str, int], tuple[str, str | None, int]]
    findings: frozenset[tuple[str, str]] = frozenset()
    says: tuple[str, ...] = ()


def accepted(rows: int, name: str = "一览.xlsx", year: int = 2025) -> dict:
    return {(name, year): (ACCEPTED, None, rows)}


def set_aside(rows: int, name: str = "一览.xlsx") -> dict:
    return {(name, 2025): (SET_ASIDE, SET_ASIDE, rows)}


def refused(reason: str, name: str = "一览.xlsx") -> dict:
    return {(name, 2025): ("refused", reason, 0)}


CASES = {
    "cells without an address": Due("649812", accepted(3)),
    "strict Open XML": Due("649814", accepted(3)),
    "number formats that are no dates": Due("649815", accepted(3)),
    "Alt+Enter in a header and in a name": Due("649816", accepted(3)),
    "whole but for floating noise": Due("649817", accepted(3)),
    "a figure merged over two schools": Due(
        "649819",
        set_aside(1),
        frozenset({("cells_merged_cell", "AL3"), ("cells_merged_cell", "AL4")}),
        ("合并单元格", "8000"),
    ),
    "two figures in one cell": Due(
        "649820", set_aside(1), frozenset({("cells_two_figures", "AO4"), ("cells_two_figures", "K3")}), ("像是两个数",)
    ),
    "tabs, named .xls": Due("649824", accepted(3, "一览.xls")),
    "Unicode text with thousands separators": Due("649825", accepted(9, "一览.txt") | accepted(9, "公用经费.txt")),
    "web pages and XML that call themselves .xls": Due(
        "649826",
        {
            (name, 2025): ("refused", "saved_as_web_page", 0)
            for name in ("片段.xls", "片段2.xls", "网页.xls", "表2003.xls")
        },
        says=("网页或 XML", "另存为“Excel 工作簿(.xlsx)”"),
    ),
    "two CSVs joined": Due("649827", accepted(4, "一览.csv")),
    "totals and notes below the list": Due("649828", accepted(4)),
    "rare names": Due("649830", accepted(3, "一览.csv")),
    "a blank typed in the last row of the sheet": Due(
        "649834", refused("too_costly"), says=("选中数据下方所有空白行",)
    ),
    "an empty fill and a formula": Due("649835", accepted(3, "空填充.xlsx")),
    "an odd filter and a formula": Due("649836", accepted(3, "筛选.xlsx")),
    "other kinds of files": Due(
        "649838",
        {
            ("一览.docx", 2025): ("refused", "not_a_table", 0),
            ("一览.ods", 2025): ("refused", "other_table_format", 0),
            ("全县.zip", 2025): ("refused", "archive", 0),
        },
        says=("Word .docx", ".ods", "解压"),
    ),
    "dates": Due(
        "649840",
        accepted(3) | accepted(10, "名册.csv") | set_aside(7, "交流.csv"),
        frozenset({("cells_not_a_date", cell) for cell in ("E5", "E7", "E11")}),
        ("不是日期：“2025年9月”", "不是日期：“45901”", "不是日期：“9/1/2025”"),
    ),
    "a school under a new code": Due(
        "649843",
        accepted(3) | accepted(3, year=2024),
        frozenset({("census_code_stays", "B5"), ("figures_of_last_year", "K3"), ("figures_of_last_year", "K4")}),
        ("测试第三小学 2649843909", "2649843003"),
    ),
    "one list in two formats": Due("649844", accepted(3, "一览.csv") | {("一览.xlsx", 2025): ("duplicate", None, 3)}),
    "words changed slightly": Due(
        "649845",
        set_aside(1),
        frozenset({(check, cell) for check in ("cells_word_not_known", "school_type_known") for cell in ("E3", "E4")}),
        ("可填：小学、教学点",),
    ),
    "a broken byte": Due("649847", refused("unknown_encoding", "一览.csv")),
    "a title of the year before": Due("649848", refused("wrong_year")),
    "the header printed again": Due("649849", accepted(4)),
    "an empty fill": Due("649850", accepted(3, "空填充.xlsx")),
    "persons' numbers typed as numbers": Due(
        "649851",
        accepted(3) | accepted(72, "教师名册.xlsx") | set_aside(0, "交流.xlsx"),
        frozenset({("cells_digits_lost", f"A{n}") for n in range(2, 10)}),
        ("末几位已经丢失", "##################"),
    ),
    "two figures that look like one": Due(
        "649854", set_aside(0), frozenset({("cells_two_figures", cell) for cell in ("AN3", "AL4", "AJ5")})
    ),
    "persons' numbers as text": Due("649855", accepted(3) | accepted(72, "教师名册.xlsx") | accepted(8, "交流.xlsx")),
    "line numbers as numbers, and blanks in labels": Due(
        "649901", accepted(49, "合成-45.xlsx") | accepted(49, "合成-47.xlsx")
    ),
    "more lines than declared": Due("640998", accepted(49, "合成.xlsx")),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The cases after one night."""
    office = Office(tmp_path_factory.mktemp("cases"))
    shutil.copytree(FIXTURES / "cases", office.landing)
    done = office.refresh()
    assert done.returncode == 3, done.stdout + done.stderr
    return office


@pytest.mark.parametrize("due", CASES.values(), ids=CASES)
def test_case(office: Office, due: Due):
    outcomes = office.query(
        "select file_name, year, status, reason, rows_loaded, rows_in - rows_loaded - rows_quarantined - "
        "rows_non_data from marts.mart_file_outcome where county_code = ? and step <> 'receive' qualify "
        "row_number() over (partition by county_code, receipt order by step desc) = 1",
        [due.county],
    )
    assert {(name, year): tuple(outcome) for name, year, *outcome, _ in outcomes} == due.files
    assert [lost for *_, lost in outcomes] == [0] * len(outcomes)
    findings = office.query(
        "select check_id, cell, message_zh from marts.mart_quarantine where county_code = ?", [due.county]
    )
    assert {(check, cell) for check, cell, _ in findings} == due.findings
    said = "\n".join(
        [
            *(message for *_, message in findings),
            *(
                m
                for (m,) in office.query(
                    "select message_zh from marts.mart_file_outcome where county_code = ? and message_zh is not null",
                    [due.county],
                )
            ),
        ]
    )
    assert all(words in said for words in due.says), said


def schools(office: Office, county: str) -> list[tuple]:
    return office.query(
        "select distinct school_id, school_name from marts.mart_school_compliance where county_code = ? and "
        "census_year = 2025 order by 1",
        [county],
    )


@pytest.mark.parametrize(
    "county",
    [
        due.county
        for due in CASES.values()
        if due.county not in ("649826", "649834", "649838", "649847", "649901", "640998")
    ],
)
def test_no_school_is_lost_and_none_is_invented(office: Office, county: str):
    expected = {"649825": 9, "649827": 4, "649828": 4, "649849": 4, "649843": 4}.get(county, 3)
    assert len(schools(office, county)) == expected
    assert office.query(
        "select count(*) from marts.mart_school_compliance where county_code = ? and school_id is null", [county]
    ) == [(0,)]


def test_names_are_published_as_they_are_meant(office: Office):
    assert schools(office, "649816")[1] == ("2649816002", "测试第二小学")
    rare = [name for _, name in schools(office, "649830")]
    assert all(name in (FIXTURES / "cases/census/2025/649830/一览.csv").read_bytes().decode("gb18030") for name in rare)


def test_whole_numbers_are_whole_and_unclear_ones_stay_out(office: Office):
    totals = (
        "select cell.measure, cell.value from marts.mart_lineage as cell where county_code = ? and school_id = ? and "
        "measure in ('pupils', 'full_time_teachers', 'multimedia_rooms') and stage in ('all', 'primary') order by all"
    )
    noisy = office.query(totals, ["649817", "2649817001"])
    assert noisy and all(value == int(value) for _, value in noisy)
    published = [
        value
        for (value,) in office.query(
            "select distinct value from marts.mart_lineage where county_code in ('649819', '649820', '649854') "
            "and value is not null"
        )
    ]
    assert not {220220.0, 12000300.0, 20002000.0, 3000.5} & set(published)
    assert office.query("select value from marts.mart_lineage where county_code = '649854' and cell = 'AN3'") == [
        (None,)
    ]


def test_a_shared_ground_is_nobodys(office: Office):
    rows = office.query(
        "select school_id, verdict, reason from marts.mart_resource_allocation where county_code = '649819' and "
        "indicator_code = 'R5' order by 1"
    )
    assert rows[:2] == [("2649819001", "no_data", "quarantined"), ("2649819002", "no_data", "quarantined")] and rows[2][
        1
    ] in ("pass", "fail")


def test_exchange_is_counted_right_or_not_at_all(office: Office):
    sql = (
        "select indicator_code, verdict, reason, value from marts.mart_government_assurance where county_code = ? and "
        "assessment_year = 2026 and indicator_code in ('G11a', 'G11b') order by 1"
    )
    # 8 of 72 teachers moved, 2 of the 8 are backbone teachers.
    assert office.query(sql, ["649855"]) == [
        ("G11a", "pass", None, pytest.approx(100 / 9)),
        ("G11b", "pass", None, 25.0),
    ]
    assert office.query(sql, ["649851"]) == [
        ("G11a", "no_data", "quarantined", None),
        ("G11b", "no_data", "quarantined", None),
    ]


def test_numbers_that_lost_digits_leave_no_digit_behind(office: Office):
    """The first digits of a person's number tell where and when that person was born."""
    raw = office.query("select found from marts.mart_quarantine where check_id = 'cells_digits_lost'") + office.query(
        "select raw_value from marts.mart_source_lineage where county_code = '649851' and measure = 'person'"
    )
    assert raw and not [text for (text,) in raw if text and any(c.isdigit() for c in text)]


def test_who_makes_a_county_incomplete_is_named(office: Office):
    rows = dict(
        office.query(
            "select county_code, any_value(missing_schools) from marts.mart_resource_balance where is_incomplete "
            "and stage = 'primary' group by all"
        )
    )
    assert "测试第三小学 2649843003" in rows["649843"]
    assert "649828" not in rows and "649827" not in rows and "649849" not in rows
