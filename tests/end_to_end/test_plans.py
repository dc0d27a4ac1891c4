"""What the counties' own plans say, and what comes of it: with the shipped figures alone, and once offices deliver."""

from datetime import date
from pathlib import Path

import pytest

from tests.conftest import Office
from tests.factories import school, table, workbook


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office where nothing was delivered."""
    office = Office(tmp_path_factory.mktemp("shipped"))
    (office.root / "landing").mkdir()
    done = office.refresh("--as-of", "2026-11-20")
    assert done.returncode == 0, done.stdout + done.stderr
    return office


# county, metric, target year → value, direction, due on, document
_PROMISED = {
    ("640205", "not_worse_than_base_year", 2026): (0, "not_worse_than", date(2026, 12, 31), "000"),
    ("640122", "research_events_per_year", 2024): (1, "at_least", date(2024, 12, 31), "001"),
    ("640122", "culture_shows_per_year", 2023): (1, "at_least", date(2023, 12, 31), "001"),
    ("640122", "plan_started", 2023): (1, "at_least", date(2023, 8, 31), "001"),
    ("640122", "plan_carried_out", 2025): (1, "at_least", date(2025, 8, 31), "001"),
    ("640122", "plan_reviewed", 2025): (1, "at_least", date(2025, 12, 31), "001"),
    ("640122", "core_school_reports_share", 2024): (100, "at_least", date(2024, 12, 5), "001"),
    ("640122", "patron_scheme_in_place", 2023): (1, "at_least", date(2023, 12, 31), "001"),
    ("640122", "regional_quality_groups", 2025): (1, "at_least", date(2025, 12, 31), "001"),
    ("640122", "groups_evaluated_share", 2024): (100, "at_least", date(2025, 8, 31), "001"),
    ("640502", "scheme_filed", 2020): (1, "at_least", date(2020, 12, 31), "002"),
    ("640521", "government_sessions_per_year", 2023): (1, "at_least", date(2023, 12, 31), "002"),
    ("640522", "labour_practice_share", 2025): (50, "at_least", date(2025, 12, 31), "002"),
    ("640104", "recognition_year", 2025): (1, "at_least", date(2025, 12, 31), "003"),
    ("640104", "exchange_share", 2022): (10, "at_least", date(2022, 12, 31), "003"),
    ("640104", "exchange_backbone_share", 2024): (20, "at_least", date(2024, 12, 31), "003"),
    ("640104", "training_completion_share", 2025): (100, "at_least", date(2025, 12, 31), "003"),
    ("640104", "pay_ratio", 2025): (1, "at_least", date(2025, 12, 31), "003"),
    ("640104", "schools_meeting_R7_share", 2025): (100, "at_least", date(2025, 12, 31), "003"),
    ("640104", "schools_joined_groups", 2025): (3, "at_least", date(2025, 12, 31), "003"),
    ("640221", "exchange_share", 2027): (10, "at_least", date(2027, 12, 31), "004"),
    ("640221", "schools_meeting_G3_share", 2025): (100, "at_least", date(2025, 12, 31), "004"),
    ("640221", "schools_meeting_G5_share", 2025): (100, "at_least", date(2025, 12, 31), "004"),
    ("640221", "chengguan_no9_primary_in_use", 2023): (1, "at_least", date(2023, 8, 31), "004"),
    ("640221", "transfers_into_oversize_schools", 2024): (0, "at_most", date(2024, 12, 31), "004"),
    ("640221", "task_list_issued", 2026): (1, "at_least", date(2026, 12, 31), "004"),
}


def test_what_the_plans_promise_is_followed_with_its_date_and_document(shipped: Office):
    rows = shipped.query(
        "select county_code, metric, target_year, target_value, direction, due_on, document from "
        "marts.mart_target_progress where is_latest"
    )
    found = {tuple(row[:3]): tuple(row[3:]) for row in rows}
    assert {key: found.get(key) for key in _PROMISED} == _PROMISED
    # Nothing was delivered: nothing is met and nothing is missed.
    assert shipped.query("select distinct status from marts.mart_target_progress where is_latest") == [("no_data",)]


def test_offices_stand_beside_targets_and_growth_checks_and_a_post_is_a_post(shipped: Office):
    offices = "select distinct responsible_office from marts.mart_target_progress where county_code = ? and metric = ?"
    assert shipped.query(offices, ["640122", "culture_shows_per_year"]) == [("县教研室，局党政办、基教办",)]
    assert shipped.query(offices, ["640221", "schools_meeting_R4_share"]) == [("项目管理室",)]
    assert shipped.query(offices, ["640521", "recognition_year"]) == [("各县（区）人民政府、市教育局",)]
    growth = (
        "select distinct responsible_office from marts.mart_growth_check where county_code = '640221' and check_id = "
        "'spending_never_decreases'"
    )
    assert shipped.query(growth) == [("计财审计室、教研室",)]
    assert shipped.query("select count(*) from marts.mart_gap_ledger where responsible_post is not null") == [(0,)]


def test_an_undated_plan_opens_its_problems_by_its_earliest_certain_date(shipped: Office):
    ((day, basis),) = shipped.query(
        "select distinct opened_on, opened_on_basis from marts.mart_gap_ledger where county_code = '640221'"
    )
    assert day == date(2022, 10, 22)
    assert "2022-10-22" in basis and "未署日期" in basis


def test_what_is_printed_stands_beside_the_indicator_that_it_comes_near(shipped: Office):
    near = {
        *shipped.query(
            "select indicator_code, metric, value from marts.mart_printed_context where county_code = '640205' "
            "and assessment_year = 2025"
        )
    }
    assert near == {
        ("G4", "oversize_schools_dissolved", 1.0),
        ("G5", "oversize_classes_dissolved", 1.0),
        ("G8", "teacher_pay_not_below_civil_servants", 1.0),
        ("G11a", "exchange_share_printed", 15.69),
        ("Q8", "after_school_pupil_share", 92.58),
        ("Q8", "after_school_teacher_share", 85.74),
        ("Q8", "burden_relief_satisfaction", 98.6),
        ("S1", "burden_relief_satisfaction", 98.6),
        ("R2", "backbone_teachers", 432.0),
    }
    # Beside it, never in its place.
    assert shipped.query(
        "select distinct verdict from marts.mart_government_assurance where county_code = '640205' and "
        "indicator_code in ('G4', 'G5', 'G8')"
    ) == [("no_data",)]
    outside = {*shipped.query("select county_code, metric from marts.mart_published_figure")}
    assert {
        ("640205", "investment_since_2020"),
        ("640205", "adjustable_desks"),
        ("640104", "studios_built"),
        ("640104", "short_sight_rate_fall"),
        ("640104", "kindergartens_regional_grade_share"),
    } <= outside
    assert shipped.query(
        "select note from marts.mart_published_figure where county_code = '640104' and metric = "
        "'kindergarten_public_share' and year = 2020 and kind = 'actual'"
    )[0][0].endswith("50 % and above, the table prints 42.1 %")


def test_a_county_known_by_a_printed_recognition_only(shipped: Office):
    known = shipped.query(
        "select assessment_year, is_recognised from marts.mart_county_scorecard where county_code = '640205' and "
        "assessment_year >= 2023 order by 1"
    )
    assert known == [(2024, True), (2025, True), (2026, True)]
    assert (
        shipped.query(
            "select count(*) from marts.mart_growth_check where county_code = '640205' and verdict = 'no_data' "
            "and reason = 'not_delivered'"
        )[0][0]
        > 0
    )
    shown = shipped.run("progress", "--county", "640205", "--as-of", "2026-11-25").stdout
    assert (
        "国家认定：是" in shown and "不低于基准年水平" in shown and "课后服务学生参与率" in shown and "92.58" in shown
    )
    told = shipped.run("explain", "--county", "640205", "--assessment-year", "2024")
    assert told.returncode == 0, told.stderr
    assert "国家认定（照录，不参与判定）：是" in told.stdout


def test_progress_shows_base_latest_figure_and_document_of_each_target(shipped: Office):
    shown = shipped.run("progress", "--county", "640104", "--as-of", "2026-11-25").stdout
    line = next(line for line in shown.splitlines() if "学前三年毛入园率" in line and ">=" in line)
    cells = [cell.strip() for cell in line.split("|")]
    assert cells[3:6] == [">= 103", "101.93 (2020)", "101.93 (2020)"] and cells[-2] == "003"


def test_a_city_sees_its_counties(shipped: Office):
    rows = shipped.query(
        "select city_zh, counties_promised, counties_due, counties_recognised, outstanding from "
        "marts.mart_city_progress where city_code = '640500'"
    )
    assert rows == [("中卫市", 3, 3, 0, "沙坡头区 2025-12-31、中宁县 2024-12-31、海原县 2025-12-31")]
    shown = shipped.run("progress", "--county", "640500", "--as-of", "2026-11-25")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in ("沙坡头区 640502", "中宁县 640521", "海原县 640522"))
    assert shipped.run("progress", "--county", "649999").returncode == 2


def review(landing: Path, county: str, year: int, *lines: tuple[str, str, str]) -> None:
    table(
        landing,
        "reviews",
        year,
        county,
        [
            {"review_level": level, "review_verdict": verdict, "evidence": f"合成{level}文", "attested_on": day}
            for level, verdict, day in lines
        ],
    )


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Reviews of four counties, and what a group and a plan's milestones came to."""
    office = Office(tmp_path_factory.mktemp("delivered"))
    landing = office.root / "landing"
    review(
        landing,
        "640521",
        2024,
        ("县级", "通过", "2024-03-20"),
        ("市级", "通过", "2024-07-05"),
        ("国家级", "通过", "2024-12-20"),
    )
    review(landing, "640502", 2026, ("国家级", "通过", "2026-06-30"))
    review(landing, "640522", 2025, ("国家级", "未通过", "2025-12-01"))
    review(landing, "640104", 2024, ("国家级", "通过", "2024-05-01"))
    review(landing, "640205", 2026, ("国家级", "撤销", "2026-04-01"))
    for number in (1, 2):
        workbook(landing, 2023, school("640122", number, all__county_name="贺兰县", all__urban_rural="乡村"))
    members = [
        {
            "group_name": "合成集团",
            "school_id": f"2640122{n:03d}",
            "school_name": f"合成第{n}小学",
            "group_role": "核心校" if n == 1 else "成员校",
        }
        for n in (1, 2)
    ]
    table(landing, "school_groups", 2023, "640122", members)
    held = [("秋季学期", "主题教研", 1), ("春季学期", "校园文化展演", 0)]
    table(
        landing,
        "group_activities",
        2023,
        "640122",
        [{"group_name": "合成集团", "school_term": t, "group_activity": a, "activities_held": n} for t, a, n in held],
    )
    table(
        landing,
        "group_evaluations",
        2023,
        "640122",
        [{"group_name": "合成集团", "attested_answer": "优秀", "evidence": "合成1号", "attested_on": "2024-07-01"}],
    )
    figures = [
        ("chengguan_no9_primary_in_use", 2023, 1),
        ("transfers_into_oversize_schools", 2023, 0),
        ("transfers_into_oversize_schools", 2024, 3),
    ]
    table(
        landing,
        "published_figures",
        2024,
        "640221",
        [
            {
                "document": "合成通报",
                "county_code": "640221",
                "county_name": "平罗县",
                "metric": m,
                "metric_name_zh": m,
                "figure_year": y,
                "figure_value": v,
                "figure_unit": "",
                "figure_kind": "actual",
            }
            for m, y, v in figures
        ],
    )
    done = office.refresh("--as-of", "2026-11-20")
    assert done.returncode == 0, done.stdout + done.stderr
    return office


# county, promised for, told for → status, reached on
_RECOGNITION = [
    ("640521", 2024, "2026-11-25", ("met", date(2024, 12, 20))),
    ("640502", 2025, "2026-11-25", ("missed", date(2026, 6, 30))),  # it came, half a year late
    ("640522", 2025, "2025-12-15", ("behind", None)),  # refused, and the year is not over
    ("640522", 2025, "2026-01-01", ("missed", None)),  # a list of reviews of the year has come without it
    ("640104", 2025, "2024-06-01", ("met", date(2024, 5, 1))),
]


@pytest.mark.parametrize(("county", "target_year", "as_of", "expected"), _RECOGNITION)
def test_recognised_by_the_end_of_a_year(delivered: Office, county: str, target_year: int, as_of: str, expected: tuple):
    rows = delivered.query(
        f"select status, reached_on from marts.mart_target_progress(date '2026-11-30', date '{as_of}') where "
        "county_code = ? and metric = 'recognition_year' and target_year = ? and census_year = target_year",
        [county, target_year],
    )
    assert rows == [expected]


def test_recognition_holds_until_it_is_revoked(delivered: Office):
    states = dict(
        delivered.query(
            "select assessment_year, is_recognised from marts.mart_county_scorecard where county_code = '640205' "
            "and assessment_year between 2024 and 2026"
        )
    )
    assert states == {2024: True, 2025: True, 2026: False}
    assert dict(
        delivered.query(
            "select assessment_year, is_recognised from marts.mart_county_scorecard where county_code = '640521' "
            "and assessment_year >= 2024"
        )
    ) == {2024: True, 2025: True, 2026: True}
    rows = delivered.query(
        "select counties_promised, counties_due, counties_recognised, counties_met, counties_missed from "
        "marts.mart_city_progress(date '2026-11-30', date '2026-11-25') where city_code = '640500'"
    )
    assert rows == [(3, 3, 2, 1, 2)]


def test_four_levels_of_review_each_in_time_or_not(delivered: Office):
    rows = delivered.query(
        "select review_level, review_verdict, held_on, due_on, is_in_time from marts.mart_review where "
        "county_code = '640521' and assessment_year = 2024 order by due_on"
    )
    assert rows == [
        ("county", "pass", date(2024, 3, 20), date(2024, 3, 31), True),
        ("city", "pass", date(2024, 7, 5), date(2024, 6, 30), False),
        ("region", None, None, date(2024, 8, 31), None),
        ("nation", "pass", date(2024, 12, 20), date(2025, 12, 31), True),
    ]


def test_activities_of_a_year_and_the_yearly_evaluation(delivered: Office):
    sql = (
        "select metric, value, status from marts.mart_target_progress where county_code = '640122' and group_name = "
        "'' and target_year = 2023 and census_year = 2023 and metric in ('research_events_per_year', "
        "'culture_shows_per_year', 'groups_evaluated_share') order by 1"
    )
    # One event was reported; of the shows one term is not reported, so one may have been held.
    assert delivered.query(sql) == [
        ("culture_shows_per_year", 0.0, "no_data"),
        ("groups_evaluated_share", 100.0, "met"),
        ("research_events_per_year", 1.0, "met"),
    ]
    rows = delivered.query(
        "select census_year, evaluation, evaluated_on, evaluation_due_on, is_evaluated_in_time, "
        "excellent_years_in_a_row from marts.mart_group_progress where county_code = '640122' and census_year = "
        "2023"
    )
    assert rows == [(2023, "excellent", date(2024, 7, 1), date(2024, 8, 31), True, 1)]


def test_milestones_of_a_plan_are_met_by_what_is_printed(delivered: Office):
    sql = (
        "select metric, target_year, value, is_printed, status from marts.mart_target_progress where county_code = "
        "'640221' and metric in ('chengguan_no9_primary_in_use', 'transfers_into_oversize_schools') and target_year "
        "in (2023, 2024) and census_year = target_year order by all"
    )
    assert delivered.query(sql) == [
        ("chengguan_no9_primary_in_use", 2023, 1.0, True, "met"),
        ("transfers_into_oversize_schools", 2023, 0.0, True, "met"),
        ("transfers_into_oversize_schools", 2024, 3.0, True, "missed"),
    ]
