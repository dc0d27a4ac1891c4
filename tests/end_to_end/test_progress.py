"""A county over four years, night by night: what was known when, its targets, gaps and groups, worked out by hand.

Four primary schools of 200 pupils; R7 asks for 2.3 rooms per 100 pupils, so 5 rooms (2.5) meet it, 4 (2.0) reach the
floor of 1.955, 3 (1.5) do not. Rooms of schools 1–4:

    2022: 3 5 3 3    2023: 3 5 5 3    2024: 5 5 5 5, corrected 4 5 5 5    2025: 5 5 5 4
"""

from collections.abc import Callable
from datetime import date, datetime
from math import sqrt
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import Office, copy_of
from tests.factories import school, table, workbook

COUNTY = "649861"
SCHOOLS = [f"2{COUNTY}{n:03d}" for n in (1, 2, 3, 4)]
ROOMS = {2022: (3, 5, 3, 3), 2023: (3, 5, 5, 3), 2024: (5, 5, 5, 5), 2025: (5, 5, 5, 4)}
GROUP = "合成集团"
_TARGETS = [
    ("学校办学条件达标比例", 2024, 85, "至少", None),
    ("网络多媒体教室达标学校比例", 2024, 75, "至少", None),
    ("网络多媒体教室达标学校比例", 2025, 100, "至少", None),
    ("网络多媒体教室达标学校比例", 2027, 100, "至少", None),
    ("网络多媒体教室差异系数（小学）", 2025, 0.2, "至多", None),
    ("不低于基准年水平：退步项数", 2026, 0, "不低于基准年", 2022),
    ("不低于基准年水平：退步项数", 2027, 0, "不低于基准年", 2024),
    ("农村学校纳入集团比例", 2025, 100, "至少", None),
    ("集团学校数（最多的集团）", 2025, 4, "至多", None),
    ("教研员听评课次数（最少的集团学期，人均）", 2025, 15, "至少", None),
    ("校长论坛次数（最少的集团学期）", 2025, 1, "至少", None),
]
_TARGETS_OF_THE_GROUP = [
    ("网络多媒体教室达标学校比例", 2025, 100, "至少", None),
    ("集团学校数（最多的集团）", 2024, 2, "至多", None),
    ("教研员听评课次数（最少的集团学期，人均）", 2025, 14, "至少", None),
]


def census(landing: Path, year: int) -> None:
    for number, count in enumerate(ROOMS[year], 1):
        place = "乡村" if number in (3, 4) else "镇区"
        workbook(landing, year, school(COUNTY, number, all__multimedia_rooms=count, all__urban_rural=place))


def first_year(landing: Path) -> None:
    census(landing, 2022)
    promised = [(None, *target) for target in _TARGETS] + [(GROUP, *target) for target in _TARGETS_OF_THE_GROUP]
    table(
        landing,
        "targets",
        2022,
        COUNTY,
        [
            {
                "target_metric": m,
                "group_name": g,
                "goal_year": y,
                "goal_value": v,
                "goal_direction": d,
                "base_year": b,
                "target_document": "合成方案",
                "target_clause": "一",
            }
            for g, m, y, v, d, b in promised
        ],
    )
    names = {n: f"合成第{n}小学" for n in (1, 2, 3)}
    table(
        landing,
        "school_groups",
        2022,
        COUNTY,
        [
            {
                "group_name": GROUP,
                "school_id": SCHOOLS[n - 1],
                "school_name": names[n],
                "group_role": "核心校" if n == 2 else "成员校",
            }
            for n in (1, 2, 3)
        ],
    )
    held = [
        ("秋季学期", "校长论坛", 1, None),
        ("春季学期", "校长论坛", 2, None),
        ("秋季学期", "听评课", 30, 2),
        ("春季学期", "听评课", 28, 2),
    ]
    table(
        landing,
        "group_activities",
        2022,
        COUNTY,
        [
            {"group_name": GROUP, "school_term": t, "group_activity": a, "activities_held": n, "researchers": r}
            for t, a, n, r in held
        ],
    )
    table(
        landing,
        "group_evaluations",
        2022,
        COUNTY,
        [{"group_name": GROUP, "attested_answer": "良好", "evidence": "合成1号", "attested_on": "2023-07-01"}],
    )
    exchange(landing, 2022)


def exchange(landing: Path, year: int) -> None:
    moves = [("P1", 2, 3), ("P1", 3, 1), ("P2", 2, 4), ("P3", 1, 2)]
    table(
        landing,
        "hr_exchange",
        year,
        COUNTY,
        [
            {
                "person": p,
                "exchange_from_school_id": SCHOOLS[f - 1],
                "exchange_to_school_id": SCHOOLS[t - 1],
                "is_backbone": "是",
                "exchanged_on": f"{year}-09-01",
            }
            for p, f, t in moves
        ],
    )


def third_year(landing: Path) -> None:
    census(landing, 2024)
    exchange(landing, 2024)


def correction(landing: Path) -> None:
    workbook(landing, 2024, school(COUNTY, 1, all__multimedia_rooms=4), name="更正")


STEPS: dict[str, Callable[[Path], None]] = {
    "2022": first_year,
    "2023": lambda landing: census(landing, 2023),
    "2024": third_year,
    "correction": correction,
    "2025": lambda landing: census(landing, 2025),
}


def walk(office: Office, nights: dict[str, str]) -> Office:
    for step, day in nights.items():
        STEPS[step](office.landing)
        done = office.refresh("--as-of", day)
        assert done.returncode == 0, done.stdout + done.stderr
    return office


def beliefs(office: Office) -> dict[str, list[tuple]]:
    """Return what is believed now, without since when."""
    names = office.query("select table_name from information_schema.tables where table_schema = 'snapshots' order by 1")
    return {
        name: office.query(
            f"select * exclude (known_from, known_to, recorded_at) from snapshots.{name} where "
            "known_to is null order by all"
        )
        for (name,) in names
    }


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Night by night in order, a correction in between, and what the office entered for its gaps."""
    office = Office(tmp_path_factory.mktemp("story"))
    walk(office, {"2022": "2023-01-10", "2023": "2024-01-10", "2024": "2025-01-10", "correction": "2025-04-05"})
    done = office.run("template", "remediation", "--year", "2025", "--county", COUNTY, "--target", str(office.root))
    assert done.returncode == 0, done.stderr
    filled = office.root / f"整改台账_{COUNTY}_2025.xlsx"
    book = openpyxl.load_workbook(filled)
    sheet = book["填报"]
    header = {cell.value: cell.column for cell in sheet[3]}
    assert [sheet.cell(6, header[c]).value for c in ("学校标识码", "学段", "指标代码", "差额", "单位", "发现日期")] == [
        SCHOOLS[0],
        "小学",
        "R7",
        1,
        "间",
        "2025-04-05",
    ]
    for column, value in (
        ("责任科室", "合成装备室"),
        ("责任岗位", "主任"),
        ("完成期限", "2025-06-30"),
        ("进展说明", "已列入采购"),
    ):
        sheet.cell(6, header[column]).value = value
    target = office.landing / "remediation" / "2025" / COUNTY
    target.mkdir(parents=True)
    book.save(target / "台账.xlsx")
    assert office.refresh("--as-of", "2025-05-01").returncode == 0
    return walk(office, {"2025": "2026-01-10"})


def test_years_in_any_order_end_in_the_same_beliefs(story: Office, tmp_path: Path):
    """Two years at once, the correction before the first years, which are then taken in one by one."""
    office = Office(tmp_path)
    STEPS["2025"](office.landing)
    walk(office, {"2024": "2026-01-10", "correction": "2026-02-01"})
    STEPS["2022"](office.landing)
    STEPS["2023"](office.landing)
    done = office.run("backfill", "--years", "2022-2023", "--as-of", "2026-04-01")
    assert done.returncode == 0 and "2023（第 2 年，共 2 年" in done.stdout, done.stdout
    assert office.query("select max(batch), count(*) from marts.dim_belief") == [(4, 4)]
    again = office.run("backfill", "--years", "2022-2023", "--as-of", "2026-04-02")
    assert again.returncode == 0 and again.stdout.count("没有变化") == 2, again.stdout
    assert beliefs(office).keys() == beliefs(story).keys()
    for name, rows in beliefs(story).items():
        if name != "snapshot_remediation":
            assert beliefs(office)[name] == rows, name
        for each in (story, office):
            assert each.query(f"select count(*) from snapshots.{name} where known_to <= known_from") == [(0,)]


# (known on, told for) → metric, target year, census year: value, change, distance, needed per year, forecast, status
_PROGRESS = [
    # 1 of 4 schools: 25 %. 2 of 4: 50 %, 25 more a year; 50 to go in two years; the line through both gives 100 in
    # 2025.
    ("2024-02-01", "2024-02-01", "schools_meeting_R7_share", 2025, 2022, (25, None, 75, 25, None, "no_data")),
    ("2024-02-01", "2024-02-01", "schools_meeting_R7_share", 2025, 2023, (50, 25, 50, 25, 100, "on_track")),
    ("2024-02-01", "2024-02-01", "schools_meeting_R7_share", 2024, 2023, (50, 25, 25, 25, 75, "on_track")),
    # All four by the first file of 2024: 25, 50, 100 lie on 58.33 + 37.5 t, 133.3 in 2025, and a share ends at 100.
    ("2025-02-01", "2025-02-01", "schools_meeting_R7_share", 2025, 2024, (100, 50, 0, 0, 100, "on_track")),
    # Three by the corrected one.
    ("2025-04-05", "2025-04-05", "schools_meeting_R7_share", 2025, 2024, (75, 25, 25, 25, 100, "on_track")),
    ("2025-04-05", "2025-04-05", "schools_meeting_R7_share", 2024, 2024, (75, 25, 0, 0, None, "met")),
    # Still three in 2025: behind until the year is over, missed then.
    ("2026-02-01", "2025-12-31", "schools_meeting_R7_share", 2025, 2025, (75, 0, 25, None, None, "behind")),
    ("2026-02-01", "2026-01-01", "schools_meeting_R7_share", 2025, 2025, (75, 0, 25, None, None, "missed")),
    # A school whose only gap is R7 meets the standard from the floor of 85 % on: 1, 2, 4, 4 of 4.
    ("2026-02-01", "2026-02-01", "schools_meeting_standard_share", 2024, 2024, (100, 50, 0, 0, None, "met")),
    # Past 2024 with the figures of 2023 alone: nobody knows.
    (
        "2024-02-01",
        "2025-01-01",
        "schools_meeting_standard_share",
        2024,
        2024,
        (None, None, None, None, None, "no_data"),
    ),
    # Rooms 3 5 3 3, mean 3.5: CV = sqrt((3·(1/7)² + (3/7)²)/4) = sqrt(12)/14. Rooms 3 5 5 3, mean 4: 1/4.
    (
        "2024-02-01",
        "2024-02-01",
        "cv_R7_primary",
        2025,
        2023,
        (0.25, 0.25 - sqrt(12) / 14, -0.05, -0.025, 0.25 + 2 * (0.25 - sqrt(12) / 14), "behind"),
    ),
    # Against 2022: that coefficient widened in 2023, nothing else; in 2024 nothing.
    ("2024-02-01", "2024-02-01", "not_worse_than_base_year", 2026, 2023, (1, None, -1, -1 / 3, 1, "behind")),
    ("2026-02-01", "2026-02-01", "not_worse_than_base_year", 2026, 2024, (0, -1, 0, 0, 0, "on_track")),
    # Against 2024 as first reported (all alike), 4 rooms somewhere are worse; as corrected, they only moved.
    ("2026-02-01", "2026-02-01", "not_worse_than_base_year", 2027, 2025, (0, None, 0, 0, 0, "on_track")),
    # Of the rural schools 3 and 4 one is in the group; 3 schools of at most 4; 14 lessons per researcher in spring.
    ("2023-02-01", "2023-02-01", "rural_schools_in_groups", 2025, 2022, (50, None, 50, 50 / 3, None, "no_data")),
    ("2023-02-01", "2023-02-01", "group_size_max", 2025, 2022, (3, None, 0, 0, None, "on_track")),
    ("2023-02-01", "2023-02-01", "class_observations_per_term", 2025, 2022, (14, None, 1, 1 / 3, None, "no_data")),
    ("2023-02-01", "2023-02-01", "heads_forum_per_term", 2025, 2022, (1, None, 0, 0, None, "on_track")),
]


@pytest.mark.parametrize(("known_on", "as_of", "metric", "target_year", "year", "expected"), _PROGRESS)
def test_progress_of_targets(
    story: Office, known_on: str, as_of: str, metric: str, target_year: int, year: int, expected: tuple
):
    rows = story.query(
        "select value, change_yoy, distance, needed_per_year, forecast, status from "
        f"marts.mart_target_progress(date '{known_on}', date '{as_of}') where county_code = ? and group_name = '' "
        "and metric = ? and target_year = ? and census_year = ?",
        [COUNTY, metric, target_year, year],
    )
    assert len(rows) == 1
    assert rows[0] == tuple(pytest.approx(x, abs=1e-7) if isinstance(x, int | float) else x for x in expected)


def test_the_interval_of_a_forecast_stays_within_what_a_share_can_be(story: Office):
    # 25, 50, 75, 75: the line rises 17.5 a year to 117.5 in 2027, more than all schools. Residuals −5 2.5 10 −7.5,
    # their squares sum to 187.5; with two degrees of freedom the 95 % interval is 4.303 √(187.5 / 2 × (1 + 1/4 + 3.5² /
    # 5)) wide on each side.
    rows = story.query(
        "select forecast, forecast_low, forecast_high, status from marts.mart_target_progress(date '2026-02-01', "
        "date '2026-02-01') where county_code = ? and group_name = '' and metric = 'schools_meeting_R7_share' and "
        "target_year = 2027 and census_year = 2025",
        [COUNTY],
    )
    assert rows == [(100.0, pytest.approx(117.5 - 4.303 * sqrt(93.75 * 3.7)), 100.0, "on_track")]


def test_targets_that_one_group_bears(story: Office):
    # The group has a year on record, and three schools in it: rooms 3 5 3. Its own limit, and the plan's number of
    # lessons, are its own.
    rows = story.query(
        "select metric, target_year, value, distance, status, reason from marts.mart_target_progress(date "
        "'2023-02-01', date '2023-02-01') where county_code = ? and group_name = ? order by 1",
        [COUNTY, GROUP],
    )
    assert rows == [
        ("class_observations_per_term", 2025, 14.0, 0.0, "on_track", None),
        ("group_size_max", 2024, 3.0, -1.0, "no_data", "single_figure"),
        ("schools_meeting_R7_share", 2025, pytest.approx(100 / 3), pytest.approx(200 / 3), "no_data", "single_figure"),
    ]


def test_a_coefficients_change_is_split_over_the_schools(story: Office):
    # Terms of CV²: 1/196 9/196 1/196 1/196 in 2022, 1/64 each in 2023; over the sum of both coefficients.
    both = 0.25 + sqrt(12) / 14
    expected = [
        (1 / 64 - 1 / 196) / both,
        (1 / 64 - 9 / 196) / both,
        (1 / 64 - 1 / 196) / both,
        (1 / 64 - 1 / 196) / both,
    ]
    rows = story.query(
        "select change_of_cv, contribution from marts.mart_coefficient_change where county_code = ? and "
        "indicator_code = 'R7' and census_year = 2023 order by school_id",
        [COUNTY],
    )
    assert [contribution for _, contribution in rows] == pytest.approx(expected, abs=1e-6)
    assert [change for change, _ in rows] == pytest.approx([0.25 - sqrt(12) / 14] * 4, abs=1e-7)


def test_gaps_are_opened_and_closed_by_the_nights(story: Office):
    sql = (
        "select school_id, opened_on, closed_on, quantity_at_opening, quantity_missing, unit, status from "
        "marts.mart_gap_ledger where county_code = ? and indicator_code = 'R7' order by 1, 2"
    )
    one, _, three, four = SCHOOLS
    # 4.6 rooms are due: 3 leave 2 to build, 4 leave 1.
    assert story.query(sql, [COUNTY]) == [
        (one, date(2023, 1, 10), date(2025, 1, 10), 2.0, 2.0, "rooms", "closed"),
        (one, date(2025, 4, 5), date(2026, 1, 10), 1.0, 1.0, "rooms", "closed"),
        (three, date(2023, 1, 10), date(2024, 1, 10), 2.0, 2.0, "rooms", "closed"),
        (four, date(2023, 1, 10), date(2025, 1, 10), 2.0, 2.0, "rooms", "closed"),
        (four, date(2026, 1, 10), None, 1.0, 1.0, "rooms", "open"),
    ]
    known = (
        "select responsible_office, due_date, remark, status, needs_notice from marts.mart_gap_ledger(date '{}', date "
        "'{}') where county_code = ? and school_id = ? and closed_on is null"
    )
    assert story.query(known.format("2025-04-30", "2025-07-01"), [COUNTY, one]) == [(None, None, None, "open", False)]
    assert story.query(known.format("2025-07-01", "2025-06-30"), [COUNTY, one]) == [
        ("合成装备室", date(2025, 6, 30), "已列入采购", "open", False)
    ]
    assert story.query(known.format("2025-07-01", "2025-07-01"), [COUNTY, one]) == [
        ("合成装备室", date(2025, 6, 30), "已列入采购", "overdue", True)
    ]
    # A year without becoming smaller.
    assert story.query(known.format("2024-06-01", "2024-01-09"), [COUNTY, four]) == [(None, None, None, "open", False)]
    assert story.query(known.format("2024-06-01", "2024-01-10"), [COUNTY, four]) == [(None, None, None, "open", True)]


def test_problems_that_a_plan_names_stand_until_figures_close_them(story: Office):
    lines = story.query(
        "select indicator_code, school_name, responsible_office, due_date, status, is_confirmed from "
        "marts.mart_gap_ledger(date '2023-06-01', date '2023-06-01') where county_code = '640221' and school_id = "
        "'' and subject is null"
    )
    assert len(lines) == 14
    assert ("R5", "城关一小", "项目管理室", date(2025, 12, 31), "reported", False) in lines
    subjects = story.query(
        "select subject, reported_problem from marts.mart_gap_ledger where county_code = '640221' and "
        "indicator_code = 'Q9a' order by 2"
    )
    assert {s for s, _ in subjects} == {"science", "moral_education", "pe_and_health", "mental_health", "mathematics"}


def test_a_corrected_and_a_withdrawn_file_are_restated(story: Office, tmp_path: Path):
    sql = (
        "select year, school_id, value_before, value_now, verdict_before, verdict_now, is_flip, restated_at, files "
        "from marts.mart_restatement where county_code = ? and figure = 'school' and indicator_code = 'R7' and "
        "school_id = ? order by restated_at"
    )
    one, four = SCHOOLS[0], SCHOOLS[3]
    corrected = (2024, one, 2.5, 2.0, "pass", "fail", True, datetime(2025, 4, 5), f"census/2024/{COUNTY}/更正.xlsx")
    assert story.query(sql, [COUNTY, one]) == [corrected]
    coefficient = story.query(
        "select value_before, value_now from marts.mart_restatement where county_code = ? and figure = "
        "'coefficient' and indicator_code = 'R7'",
        [COUNTY],
    )
    # Rooms 4 5 5 5, mean 4.75: sqrt(((0.75/4.75)² + 3 · (0.25/4.75)²)/4).
    assert coefficient == [(0.0, pytest.approx(sqrt((0.75**2 + 3 * 0.25**2) / 4) / 4.75, abs=1e-7))]
    office = copy_of(story, tmp_path / "home")
    path = f"census/2025/{COUNTY}/合成第4小学.xlsx"
    assert office.run("withdraw", path, "--reason", "试").returncode == 0
    done = office.refresh()
    assert done.returncode == 0 and "其中结论改变" in done.stdout and f"来自：撤回 {path}" in done.stdout
    (withdrawn,) = office.query(sql, [COUNTY, four])
    assert (
        withdrawn[:7] == (2025, four, 2.0, None, "fail", "no_data", True) and withdrawn[8] == f"撤回 withdrawn: {path}"
    )
    # What is missing is not mended.
    assert office.query(
        "select status from marts.mart_gap_ledger where county_code = ? and school_id = ? and indicator_code = "
        "'R7' and closed_on is null",
        [COUNTY, four],
    ) == [("open",)]
    # As known before, nothing has changed.
    known = (
        "select schools_meeting, cv from marts.mart_year_over_year(date '2026-02-01', date '2026-02-01') where "
        "county_code = ? and indicator_code = 'R7' and census_year = 2025"
    )
    assert office.query(known, [COUNTY]) == story.query(known, [COUNTY])


def test_groups_are_followed(story: Office):
    row = story.query(
        "select core_schools, schools, size_limit, is_within_limit, rural_schools, rural_pupils, "
        "rural_enrolment_kept_percent, teachers_exchanged_inside, activities_planned, activities_met, "
        "activities_not_reported, evaluation, members_to_core_ratio from marts.mart_group_progress where "
        "county_code = ? and census_year = 2022",
        [COUNTY],
    )
    # P1 (twice) and P3 moved inside. The group's own limit, 2, stands before the county's 4; so does its number of
    # lessons, 14 before 15: both terms of two kinds are planned, and held. Members 1 and 3 have 3 of the core's 5 rooms
    # and are its equals in R1–R6: (6 + 0.6) / 7.
    assert row == [("合成第2小学", 3, 2.0, False, 1, 200.0, 100.0, 2, 4, 4, 0, "good", pytest.approx(6.6 / 7))]
    gaps = (
        "select census_year, school_id, value, core_value, difference from marts.mart_group_gap where county_code = ? "
        "and indicator_code = 'R7' order by 1, 2"
    )
    # The list of 2022 holds until a new one comes.
    rooms = {year: [5 / 2 if n == 5 else n / 2 for n in ROOMS[year]] for year in ROOMS} | {2024: [2.0, 2.5, 2.5, 2.5]}
    assert story.query(gaps, [COUNTY]) == [
        (year, SCHOOLS[n], rooms[year][n], 2.5, rooms[year][n] - 2.5) for year in ROOMS for n in (0, 2)
    ]
    assert story.query(
        "select group_role, valid_from_year, valid_to_year from marts.dim_school_group where school_id = ?",
        [SCHOOLS[1]],
    ) == [("core", 2022, None)]


def test_the_screen_and_the_command_tell_what_moved(story: Office):
    summary = (story.root / "reports" / "summary.txt").read_text(encoding="utf-8")
    assert "2025 年与上年相比（学校×学段×指标）：新达标 1、退步 1" in summary
    assert "新增缺口 1 个，销号 1 个" in summary
    assert "未达到" in summary
    shown = story.run(
        "progress", "--county", COUNTY, "--as-known-on", "self_assessment-2025", "--as-of", "2025-03-31"
    ).stdout
    assert "截至 2025-03-31 收到的文件" in shown and "网络多媒体教室达标学校比例" in shown
    assert story.run("progress", "--county", COUNTY, "--as-known-on", "2020-01-01").returncode == 2
    assert story.run("progress", "--county", COUNTY, "--as-known-on", "gestern").returncode == 2
