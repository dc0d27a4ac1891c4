"""The other sources through the front door: templates, bad input, corrections, printed figures, another standard."""

import re
import shutil
from pathlib import Path

import openpyxl
import pytest

from extract.definitions.forms import load_form, source_declarations, sources
from extract.definitions.vocabulary import measure_kinds
from tests.conftest import Office, copy_of
from tests.end_to_end.first_night import LEFT_OUT
from tests.end_to_end.test_indicators import COUNTY, ONE, attest, deliver_census, who
from tests.factories import school, table, workbook

# Counties of the office that the tests here share.
UNTOUCHED, REFUSED, BUDGETS = "649811", "649812", "649813"
TWINS = ("649814", "649815")
WORDS = "649816"

# Those that offices fill in beside the census.
_SOURCES = tuple(
    source
    for source, declared in source_declarations().items()
    if declared.has_cell_lineage and not declared.is_made_here
)


def who_of(county: str, number: int = 1) -> dict[str, object]:
    return {"school_id": f"2{county}{number:03d}", "school_name": f"合成第{number}小学"}


def budget(office: Office, training: int, name: str) -> None:
    """Deliver what county BUDGETS plans for its two schools."""
    rows = [{**who_of(BUDGETS, n), "public_funds_budget_yuan": 1000, "training_budget_yuan": training} for n in (1, 2)]
    table(office.landing, "finance_budget", 2024, BUDGETS, rows, name)


def missing_column_and_last_years_file(landing: Path) -> None:
    workbook(landing, 2024, school(REFUSED, 1))
    one = who_of(REFUSED)
    rows = [{**one, "public_funds_budget_yuan": 100, "training_budget_yuan": 10}]
    path = table(landing, "finance_budget", 2024, REFUSED, rows)
    book = openpyxl.load_workbook(path)
    book.active["D3"] = "别的"
    book.save(path)
    last_year = table(landing, "hr_posts", 2023, REFUSED, [{**one, "posts_allocated": 1}])
    target = landing / "hr" / "2024" / REFUSED
    target.mkdir(parents=True)
    shutil.copyfile(last_year, target / "编制.xlsx")


def one_content_for_two_counties(landing: Path) -> None:
    for county in TWINS:
        path = landing / "targets" / "2024" / county / "目标.csv"
        path.parent.mkdir(parents=True)
        path.write_text(
            "指标,目标年份,目标值,方向,基准年,文件,条款\n学校办学条件达标比例,2025,100,至少,,合成方案,一\n",
            encoding="utf-8",
        )


# Every form with a number: what no suite thought of is read by nobody as nothing.
_NUMBERED = [
    f
    for s, forms in sources().items()
    if s != "census"
    for f in forms
    if any(measure_kinds()[x.measure] in ("count", "amount") for x in load_form(f, 2024).fields if x.measure)
]


def no_numbers(landing: Path) -> None:
    for year, words in ((2024, "很多"), (2023, "-5")):
        workbook(landing, year, school(WORDS, 1))
        for name in _NUMBERED:
            declared = load_form(name, year)
            number = next(
                x.measure for x in declared.fields if x.measure and measure_kinds()[x.measure] in ("count", "amount")
            )
            row = {x.measure: words if x.measure == number else "1" for x in declared.fields if x.measure}
            table(landing, name, year, WORDS, [row])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office after a night over a county for each case below."""
    office = Office(tmp_path_factory.mktemp("sources"))
    for source in (*_SOURCES, "census", "school_changes"):
        target = office.landing / source / "2024" / UNTOUCHED
        done = office.run("template", source, "--year", "2024", "--county", UNTOUCHED, "--target", target)
        assert done.returncode == 0, done.stderr
    bad_input(office.landing)
    missing_column_and_last_years_file(office.landing)
    no_numbers(office.landing)
    one_content_for_two_counties(office.landing)
    for number in (1, 2):
        workbook(office.landing, 2024, school(BUDGETS, number))
    budget(office, 40, "一.xlsx")
    done = office.refresh("--as-of", "2025-07-01")
    assert done.returncode == 3, done.stdout + done.stderr
    return office


def test_every_template_is_accepted_back_as_it_is(shared: Office):
    written = sorted(path for path in shared.landing.rglob("*.xlsx") if path.parent.name == UNTOUCHED)
    assert len(written) == sum(
        len([f for f in sources()[s] if not f.endswith(("_workbook", "_correction"))])
        for s in (*_SOURCES, "census", "school_changes")
    )
    rows = shared.query(
        "select distinct status, rows_in, rows_loaded, rows_quarantined, rows_non_data from "
        "marts.mart_file_outcome where step = 'validate' and county_code = ?",
        [UNTOUCHED],
    )
    assert rows == [("in_force", 2, 0, 0, 2)]  # the lines of units and of the example
    assert shared.query(
        "select count(*) from marts.mart_file_outcome where county_code = ? and is_open", [UNTOUCHED]
    ) == [(0,)]
    # The undeclared part of a file is listed as ignored: a template has none.
    assert shared.query(
        "select count(*) from marts.mart_check_result where check_id = 'undeclared_part' and n_failed > 0 and "
        "county_code = ?",
        [UNTOUCHED],
    ) == [(0,)]


def test_a_template_shows_units_lists_and_an_example(office: Office, tmp_path: Path):
    assert (
        office.run("template", "enrolment", "--year", "2024", "--county", COUNTY, "--target", tmp_path).returncode == 0
    )
    sheet = openpyxl.load_workbook(tmp_path / f"就近划片入学登记表_{COUNTY}_2024.xlsx").active
    header = [cell.value for cell in sheet[3]]
    assert header[:4] == ["学校标识码", "学校名称", "学段", "在校生数"]
    assert sheet["D4"].value == "人" and sheet["A5"].value.startswith("示例：") and sheet["C5"].value == "小学"
    (validation,) = [v for v in sheet.data_validations.dataValidation if "C6" in v.sqref]
    assert validation.formula1 == '"小学,初中"'
    assert (
        office.run("template", "attestation", "--year", "2024", "--county", COUNTY, "--target", tmp_path).returncode
        == 0
    )
    sheet = openpyxl.load_workbook(tmp_path / f"指标认定登记表_{COUNTY}_2024.xlsx").active
    assert any("B6" in v.sqref and "足额核定绩效工资" in v.formula1 for v in sheet.data_validations.dataValidation)
    # A finding is picked among the words of its scale: which, hangs on the line's indicator.
    at = next(cell.column_letter for cell in sheet[3] if cell.value == "结论")
    (answers,) = [v.formula1 for v in sheet.data_validations.dataValidation if f"{at}6" in v.sqref]
    asked, rating, yes_no = re.fullmatch(r"IF\(OR\((.*)\),(.*),(.*)\)", answers).groups()
    assert asked == '$A6="Q6"'
    assert [[cell.value for row in sheet[place.replace("$", "")] for cell in row] for place in (rating, yes_no)] == [
        ["优秀", "良好", "合格", "不合格"],
        ["是", "否"],
    ]
    assert office.run("template", "groups", "--year", "2024", "--county", COUNTY, "--target", tmp_path).returncode == 0
    sheet = openpyxl.load_workbook(tmp_path / f"集团年度评价表_{COUNTY}_2024.xlsx").active
    assert '"优秀,良好,合格,不合格"' in [v.formula1 for v in sheet.data_validations.dataValidation if "B6" in v.sqref]


def test_an_unknown_source_is_wrong_usage(office: Office):
    done = office.run("template", "nonsense", "--year", "2024", "--county", COUNTY)
    assert done.returncode == 2
    assert "nonsense" in done.stderr


# form, year, row → the check that must find it
_GOOD_RESULT = {
    "county_code": COUNTY,
    "grade": 4,
    "subject": "数学",
    "achievement_level": "Ⅲ",
    "between_school_difference": 0.1,
}
_GOOD_TEACHER = {
    "person": "P1",
    **who(ONE),
    "is_full_time": "是",
    "has_certificate": "是",
    "is_eligible_for_exchange": "是",
    "is_backbone": "否",
    "years_of_service": 9,
    "training_hours": 360,
}
_GOOD_TARGET = {
    "target_metric": "学校办学条件达标比例",
    "goal_year": 2025,
    "goal_value": 100,
    "goal_direction": "至少",
    "target_document": "合成方案",
}
_BAD = [
    (
        "finance_jz_2",
        [{"school_id": "123", "school_name": "合成", "public_funds_granted_yuan": 1}],
        "finance_school_id_ten_digits",
    ),
    (
        "finance_jz_3",
        [
            {
                **who(ONE),
                "general_budget_spending_yuan": 10,
                "wages_yuan": 9,
                "goods_and_services_yuan": 2,
                "training_spending_yuan": 1,
                "capital_spending_yuan": 0,
            }
        ],
        "finance_parts_within_total",
    ),
    (
        "finance_jz_7",
        [{**who(ONE), "sports_ground_area_m2": "很大", "teaching_rooms_area_m2": 1, "multimedia_rooms": 1}],
        "cells_not_a_number",
    ),
    (
        "finance_budget",
        [{**who(ONE), "public_funds_budget_yuan": 100, "training_budget_yuan": 101}],
        "finance_training_within_budget",
    ),
    (
        "finance_county",
        [{"county_code": "110101", "county_name": "别处", "education_spending_yuan": 1, "pupils": 1}],
        "finance_of_this_county",
    ),
    ("monitoring_results", [{**_GOOD_RESULT, "grade": 5}], "monitoring_grade_known"),
    ("monitoring_results", [{**_GOOD_RESULT, "between_school_difference": 12}], "monitoring_difference_is_a_share"),
    ("hr_teachers", [_GOOD_TEACHER, _GOOD_TEACHER], "hr_teachers_once"),
    ("hr_teachers", [{**_GOOD_TEACHER, "has_certificate": "也许"}], "cells_word_not_known"),
    (
        "hr_exchange",
        [
            {
                "person": "P1",
                "exchange_from_school_id": ONE,
                "exchange_to_school_id": ONE,
                "is_backbone": "否",
                "exchanged_on": "2024-09-01",
            }
        ],
        "hr_exchange_between_two_schools",
    ),
    ("hr_posts", [{**who(ONE), "posts_allocated": 1.5}], "cells_not_whole"),
    (
        "enrolment_zones",
        [{**who(ONE), "school_stage": "小学", "pupils": 10, "pupils_in_zone": 11}],
        "enrolment_zone_within_pupils",
    ),
    (
        "enrolment_zones",
        [{**who(ONE), "school_stage": "小学", "pupils": 10, "pupils_in_zone": 9, "migrant_pupils": 11}],
        "enrolment_migrant_pupils_within_pupils",
    ),
    ("enrolment_places", [{**who(ONE), "graduates": -1, "places_allocated": 0}], "cells_negative"),
    (
        "room_register",
        [{**who(ONE), "room_name": "一", "room_use": "舞蹈", "room_area_m2": 90}],
        "rooms_use_and_area_given",
    ),
    ("class_roster", [{**who(ONE), "grade": 10, "class_name": "一", "class_pupils": 40}], "classes_grade_known"),
    (
        "survey_summary",
        [{"respondent_group": "家长", "urban_rural": "镇区", "answers_valid": 10, "answers_satisfied": 11}],
        "survey_satisfied_within_valid",
    ),
    (
        "survey_answers",
        [{"answer_number": n, "respondent_group": "家长", "urban_rural": "镇区", "answer": "满意"} for n in ("1", "1")],
        "survey_once",
    ),
    ("attestations", [{**attest("G1"), "evidence": None}], "attestation_has_evidence"),
    ("attestations", [{**attest("G1"), "attested_on": "三月"}], "cells_not_a_date"),
    (
        "vetoes",
        [{"veto": "V9", "veto_occurred": "否", "evidence": "x", "attested_on": "2025-01-01"}],
        "attestation_veto_known",
    ),
    # Two lines of a form that has not the column that the check names first.
    (
        "vetoes",
        [{"veto": v, "evidence": "x", "attested_on": "2025-01-01"} for v in ("V1", "V2")],
        "attestation_is_answered",
    ),
    (
        "reviews",
        [{"review_level": "乡级", "review_verdict": "通过", "evidence": "x", "attested_on": "2025-01-01"}],
        "review_is_complete",
    ),
    ("targets", [{**_GOOD_TARGET, "target_metric": "没有的指标"}], "target_metric_known"),
    ("targets", [{**_GOOD_TARGET, "goal_year": 1900}], "target_is_complete"),
    ("targets", [{**_GOOD_TARGET, "target_metric": "教育集团数", "group_name": "合成集团"}], "target_of_a_group"),
    ("school_groups", [{"group_name": "合成集团", **who(ONE), "group_role": "成员校"}] * 2, "group_member_once"),
    (
        "group_activities",
        [{"group_name": "合成集团", "school_term": "秋季学期", "group_activity": "春游", "activities_held": 1}],
        "cells_word_not_known",
    ),
    (
        "group_evaluations",
        [{"group_name": "合成集团", "attested_answer": "良好", "attested_on": "2025-01-01"}],
        "group_evaluation_is_complete",
    ),
    ("remediation", [{**who(ONE), "gap_indicator": "R9", "office": "合成科室"}], "remediation_indicator_known"),
    ("quality_letter", [{"answered_check": "pupils_same", "letter_answer": "已改"}], "answer_names_its_file"),
    ("school_aliases", [{"school_id": "123", "school_alias": "一小"}], "alias_school_id_ten_digits"),
    ("gap_prices", [{"gap_indicator": "R4", "price_yuan": 0}], "price_given"),
    ("plan_limits", [{"plan_limit": "每年编制数", "plan_limit_value": "-1"}], "plan_limit_value_fits"),
    ("plan_limits", [{"plan_limit": "每年编制数", "plan_limit_value": "3"}] * 2, "plan_limit_once"),
    ("responsible_offices", [{"gap_indicator": "R9", "office": "合成科室"}], "office_subject_known"),
]


def bad_input(landing: Path) -> None:
    deliver_census(landing)
    counties: dict[str, list] = {}
    for form_name, rows, check in _BAD:  # the same form twice goes to another year
        used = counties.setdefault(form_name, [])
        table(landing, form_name, 2024 - len(used), COUNTY, rows)
        used.append(check)
    assert {load_form(name, 2024).source for name in counties} == {*_SOURCES}


def test_bad_input_of_every_source_is_set_aside_by_name_and_decides_nothing(shared: Office):
    office = shared
    found = {
        check
        for (check,) in office.query(
            "select distinct check_id from marts.mart_quarantine where county_code = ?", [COUNTY]
        )
    }
    assert {check for *_, check in _BAD} <= found
    assert office.query(
        "select count(*) from marts.mart_quarantine where county_code = ? and (message_zh is null or message_en "
        "is null or cell is null or how_to_fix_zh is null)",
        [COUNTY],
    ) == [(0,)]
    assert office.query(
        "select count(*) from marts.mart_county_scorecard where county_code = ? and verdict = 'pass'", [COUNTY]
    ) == [(0,)]
    # A figure that was set aside is missing, never zero and never a verdict.
    assert office.query(
        "select verdict, reason, numerator from marts.mart_education_quality where county_code = ? and "
        "assessment_year = 2025 and indicator_code = 'Q4' and school_id = ?",
        [COUNTY, ONE],
    ) == [("no_data", "quarantined", None)]


def test_a_missing_column_and_last_years_file_are_refused(shared: Office):
    office = shared
    assert {
        *office.query(
            "select source, year, reason from marts.mart_file_outcome where status = 'refused' and step = 'read' and "
            "county_code = ?",
            [REFUSED],
        )
    } == {("finance", 2024, "column_not_as_declared"), ("hr", 2024, "wrong_year")}
    assert office.query(
        "select reason from marts.mart_education_quality where county_code = ? and assessment_year = 2025 and "
        "indicator_code = 'Q4' and school_id = ?",
        [REFUSED, f"2{REFUSED}001"],
    ) == [("refused",)]
    # The posts of last year may stand in: the clock allows the last complete school year.
    assert office.query(
        "select data_year from marts.mart_government_assurance where county_code = ? and assessment_year = 2025 "
        "and indicator_code = 'G10'",
        [REFUSED],
    ) == [(2023,)]


def test_a_newer_file_replaces_the_older_and_two_of_one_night_are_both_refused(shared: Office, tmp_path: Path):
    office = copy_of(shared, tmp_path / "home")

    def value() -> list[tuple]:
        return office.query(
            "select value from marts.mart_education_quality where county_code = ? and assessment_year = 2025 and "
            "indicator_code = 'Q4' and school_id = ?",
            [BUDGETS, f"2{BUDGETS}001"],
        )

    assert value() == [(4.0,)]
    budget(office, 60, "二.xlsx")
    assert office.refresh("--as-of", "2025-07-02").returncode == 3
    assert value() == [(6.0,)]
    budget(office, 70, "三.xlsx")
    budget(office, 80, "四.xlsx")
    assert office.refresh("--as-of", "2025-07-03").returncode == 3
    assert value() == [(6.0,)]
    assert office.query(
        "select count(*) from marts.mart_file_outcome where reason = 'conflicting_deliveries' and step = 'read'"
    ) == [(2,)]


def test_printed_figures_stand_in_only_where_they_reach_the_indicator(first_night: Office):
    office = first_night
    # 惠农 2024: 45 backbone teachers of 129 exchanged, as counted in its document: 34.88 %, whatever that prints.
    rows = office.query(
        "select assessment_year, value, verdict, is_printed, data_year from marts.mart_government_assurance where "
        "county_code = '640205' and indicator_code = 'G11b' and verdict <> 'no_data' order by 1 limit 1"
    )
    assert rows == [(2025, pytest.approx(45 / 129 * 100), "pass", True, 2024)]
    assert office.query(
        "select evidence like '000 %' from marts.mart_government_assurance where county_code = '640205' and "
        "indicator_code = 'G11b' and assessment_year = 2025"
    ) == [(True,)]
    # Who may be exchanged is not printed.
    assert office.query(
        "select verdict, reason from marts.mart_government_assurance where county_code = '640205' and "
        "indicator_code = 'G11a' and assessment_year = 2025"
    ) == [("no_data", "not_delivered")]
    # 兴庆 2020: all children with disabilities enrolled; an average of 48.95 a class decides nothing.
    assert office.query(
        "select value, verdict, is_printed from marts.mart_education_quality where county_code = '640104' and "
        "indicator_code = 'Q2' and assessment_year = 2021"
    ) == [(100.0, "pass", True)]
    assert office.query(
        "select stage, verdict from marts.mart_government_assurance where county_code = '640104' and "
        "indicator_code = 'G5' and assessment_year = 2021 order by 1"
    ) == [("junior", "no_data"), ("primary", "no_data")]
    near = office.query(
        "select indicator_code, metric, round(value, 2) from marts.mart_printed_context where county_code = "
        "'640104' and metric in ('pupils_per_class', 'cv_composite_primary') order by 2"
    )
    assert near == [("CV", "cv_composite_primary", 0.31), ("G5", "pupils_per_class", 48.95)]
    assert office.query(
        "select count(*) from marts.mart_growth_check where county_code = '640205' and verdict <> 'no_data'"
    ) == [(0,)]


def test_a_school_that_a_list_leaves_out_is_missing_and_explain_walks_to_the_cell(first_night: Office):
    office, one, two = first_night, f"2{LEFT_OUT}001", f"2{LEFT_OUT}002"
    # 12 of 26 posts would hold if the other schools had none; nobody said so.
    assert office.query(
        "select verdict, reason, numerator from marts.mart_government_assurance where county_code = ? and "
        "assessment_year = 2025 and indicator_code = 'G10'",
        [LEFT_OUT],
    ) == [("no_data", "not_reported", None)]
    # The first school listed a music room, so it has no art room; the second is not in the register at all.
    rooms = office.query(
        "select school_id, verdict, reason from marts.mart_government_assurance where county_code = ? and "
        "assessment_year = 2025 and indicator_code = 'G3' and school_id <> '' order by 1",
        [LEFT_OUT],
    )
    assert rooms == [(one, "fail", None), (two, "no_data", "not_reported")]
    done = office.run("explain", "--county", LEFT_OUT, "--assessment-year", 2025)
    assert done.returncode == 0, done.stderr
    text = "".join(done.stdout.split())
    assert "Q4培训经费：不达标" in text
    assert "教师培训经费预算=“9999”(采用)finance_budget表.xlsx填报!D6" in text
    assert office.run("explain", "--county", LEFT_OUT, "--assessment-year", 1999).returncode == 2


def test_one_content_in_two_counties_counts_once_in_each(shared: Office):
    assert shared.query(
        "select county_code, target_value from marts.mart_target_progress where county_code in (?, ?) order by 1", TWINS
    ) == [(county, 100.0) for county in TWINS]


def test_no_source_takes_words_or_negative_counts_for_numbers(shared: Office):
    found = {
        *shared.query(
            "select distinct form, found from marts.mart_quarantine where county_code = ? and severity = "
            "'quarantine' and check_id in ('cells_not_a_number', 'cells_negative')",
            [WORDS],
        )
    }
    expected = {(name, words) for name in _NUMBERED for words in ("很多", "-5")}
    assert expected <= found, expected - found
