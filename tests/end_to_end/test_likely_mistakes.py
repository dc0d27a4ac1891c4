"""What a clerk is asked about because it is likely a mistake, though it may be true: last year's file, a school that no
census knows.
"""

import pytest

from tests.conftest import Office
from tests.factories import school, table, workbook

COUNTY, OTHER = "649855", "649856"


def room(code: str, name: str, room_name: str) -> dict[str, object]:
    return {"school_id": code, "school_name": name, "room_name": room_name, "room_use": "音乐", "room_area_m2": 96}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Two years. The first school's census and the rooms are last year's files; two rows of this year's rooms name no
    school of the county.
    """
    office = Office(tmp_path_factory.mktemp("mistakes"))
    for year in (2023, 2024):
        workbook(office.landing, year, school(COUNTY, 1))
        workbook(
            office.landing,
            year,
            school(COUNTY, 2, primary__pupils_grade_1=33 + year - 2023, primary__pupils=200 + year - 2023),
        )
        table(
            office.landing,
            "finance_budget",
            year,
            COUNTY,
            [
                {
                    "school_id": f"2{COUNTY}001",
                    "school_name": "合成第1小学",
                    "public_funds_budget_yuan": 200_000,
                    "training_budget_yuan": 12_000,
                }
            ],
        )
    rows = [
        room(f"2{COUNTY}001", "合成第1小学", "音乐室"),
        room(f"2{COUNTY}009", "合成第9小学", "音乐室"),
        room("2649999777", "合成第2小学", "音乐室"),
        room("2649111222", "外县小学", "音乐室"),
    ]
    table(office.landing, "room_register", 2024, COUNTY, rows)
    for year in (2023, 2024):
        path = office.landing / "classes" / str(year) / OTHER / "班级.csv"
        path.parent.mkdir(parents=True)
        path.write_text(
            f"学校标识码,学校名称,学段,年级,班级,学生数\n2{OTHER}001,合成第1小学,小学,1,一（1）班,33\n",
            encoding="utf-8",
        )
    done = office.refresh("--as-of", "2025-02-01")
    assert done.returncode == 0, done.stdout
    return office


def warnings(office: Office, check: str) -> list[tuple]:
    return office.query(
        "select source, year, school_id, message_zh, message_en from marts.mart_quarantine where severity = "
        "'warn' and check_id = ? order by all",
        [check],
    )


def test_a_school_that_no_census_knows_is_told_with_the_one_that_is_likely_meant(office: Office):
    told = {school_id: (zh, en) for _, _, school_id, zh, en in warnings(office, "school_not_in_census")}
    assert set(told) == {f"2{COUNTY}009", "2649999777", "2649111222"}
    # A slip of one digit, a right name under a wrong code, and a stranger.
    assert (
        f"是不是 合成第1小学 2{COUNTY}001" in told[f"2{COUNTY}009"][0]
        or f"是不是 合成第2小学 2{COUNTY}002" in told[f"2{COUNTY}009"][0]
    )
    assert (
        f"是不是 合成第2小学 2{COUNTY}002" in told["2649999777"][0]
        and f"did you mean 合成第2小学 2{COUNTY}002" in told["2649999777"][1]
    )
    assert "是不是" not in told["2649111222"][0]


def test_a_table_of_last_year_is_told_and_one_that_only_looks_like_it_is_not(office: Office):
    assert [(source, year) for source, year, *_ in warnings(office, "figures_of_last_year")] == [("census", 2024)]
    assert [school_id for _, _, school_id, *_ in warnings(office, "figures_of_last_year")] == [f"2{COUNTY}001"]


def test_the_same_file_in_two_years_is_told_with_the_other_year(office: Office):
    """The workbooks of 2023 and 2024 state their years, so they are not the same file; a .csv without a title is."""
    told = warnings(office, "file_of_another_year")
    assert [(source, year) for source, year, *_ in told] == [("classes", 2024)]
    assert "与 2023 年的文件一模一样" in told[0][3] and "the same as the one of 2023" in told[0][4]
