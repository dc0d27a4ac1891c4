"""The least plan through the front door: found, judged, kept, published, shown, and refused in words."""

import json
import shutil
from pathlib import Path

import duckdb
import openpyxl
import pytest
from py_mini_racer import MiniRacer

from tests.conftest import PROJECT, Office, copy_of, made_once
from tests.factories import listing, school, table

COUNTY, YEAR = "649861", 2024


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A synthetic county of every school type with groups and rooms, its plan made, and the night after it."""

    def make(office: Office) -> None:
        everything = office.root / "everything"
        done = office.run(
            *("synthetic", everything, "--county", COUNTY, "--schools", "24", "--years", "2023-2024"),
            *("--sources", "all"),
        )
        assert done.returncode == 0, done.stderr
        for source in ("census", "classes", "rooms", "groups", "hr"):
            shutil.copytree(everything / source, office.landing / source)
        assert office.refresh("--as-of", "2025-01-10").returncode in (0, 3)
        done = office.run("plan", "--county", COUNTY)
        (office.root / "said.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
        assert office.refresh("--as-of", "2025-01-11").returncode in (0, 3)

    return made_once(tmp_path_factory, "planned", make)


def steps(office: Office, scenario: str) -> list[dict]:
    with duckdb.connect(str(office.root / "published" / "junheng.duckdb"), read_only=True) as connection:
        rows = connection.execute("from marts.mart_plan_step where scenario = ? order by step_number", [scenario])
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def test_a_county_that_fails_gets_a_proven_plan_for_the_target_year_and_for_today(planned: Office):
    assert planned.query("select count(*) from marts.mart_school_compliance where verdict = 'fail'")[0][0] > 3
    plans = planned.query(
        "select scenario, target_year, status, hires, transfers, bound_gap, left_out_schools, is_current, cost_yuan "
        "from marts.mart_plan order by all desc"
    )
    assert [row[:3] for row in plans] == [("today", 2027, "optimal"), ("target_year", 2027, "optimal")]
    for scenario, *_, hires, transfers, gap, left_out, is_current, cost in plans:
        of_plan = steps(planned, scenario)
        moved = sum(s["amount"] for s in of_plan if s["action"] == "transfer" and not s["same_persons_as"])
        hired = sum(s["amount"] for s in of_plan if s["action"] == "hire")
        assert (moved, hired) == (transfers, hires) and moved > 0
        assert gap < 1e-6 and left_out is None and is_current and cost is None
        assert {s["due_year"] for s in of_plan} <= {2025, 2026, 2027}
        assert all(
            s["from_school_name"] and s["from_school_id"] != s["school_id"]
            for s in of_plan
            if s["action"] == "transfer"
        )
    said = (planned.root / "said.txt").read_text(encoding="utf-8")
    assert "已证明最小" in said and "经数据仓库重新判定" in said and "HiGHS" not in said
    # The pupils it counts on stand beside those of the census, point by point.
    assert planned.query(
        "select count(*) > 20, bool_and(pupils_now is not null) from marts.mart_plan_pupils where scenario = "
        "'target_year'"
    ) == [(True, True)]


def test_a_teacher_who_counts_for_several_indicators_moves_once(planned: Office):
    """As the register tells: never more of a kind than a school has, each indicator a line that points to the first."""
    of_plan = {s["step_number"]: s for s in steps(planned, "target_year")}
    same = [s for s in of_plan.values() if s["same_persons_as"]]
    assert same
    moved: dict[int, set[str]] = {}
    for step in same:
        first = of_plan[step["same_persons_as"]]
        assert not first["same_persons_as"] and first["step_number"] < step["step_number"]
        told = ("school_id", "from_school_id", "stage", "amount", "due_year", "action")
        assert [step[name] for name in told] == [first[name] for name in told]
        moved.setdefault(first["step_number"], {first["indicator_code"]}).add(step["indicator_code"])
    left = {
        (school, stage, frozenset(code for code, has in zip(("R1", "R2", "R3"), of_kind, strict=True) if has)): count
        for school, stage, *of_kind, count in planned.query(
            "select m.school_id, stage, is_r1, is_r2, is_r3, sum(teachers) from intermediate.int_teacher_kinds as k "
            "inner join intermediate.int_school_members as m on k.data_year = m.census_year "
            "and k.county_code = m.county_code and k.school_id = m.member_school_id where data_year = ? group by all",
            [YEAR],
        )
    }
    for number, codes in moved.items():
        step = of_plan[number]
        key = step["from_school_id"], step["stage"], frozenset(codes)
        left[key] -= step["amount"]
        assert left[key] >= 0, key
    assert "按教师名册计入" in planned.query("select assumptions from marts.mart_plan limit 1")[0][0]


def test_a_register_that_has_more_than_the_census_is_not_believed(planned: Office, tmp_path: Path):
    """Of two schools one has a backbone PE teacher with a degree, the other a hundred, which its census denies."""
    office = copy_of(planned, tmp_path / "home")
    ((one, stage), (other, other_stage)) = planned.query(
        "select school_id, any_value(stage) from marts.mart_resource_allocation where indicator_code = 'R3' "
        "and census_year = ? and quantity > 2 group by 1 having count(*) = 1 order by 1 limit 2",
        [YEAR],
    )
    who = {"is_full_time": "是", "has_certificate": "是", "is_eligible_for_exchange": "是", "is_backbone": "是"}
    who |= {"years_of_service": 9, "training_hours": 360, "has_above_required_degree": "是", "teaches_pe_or_arts": "√"}
    words = {"primary": "小学", "junior": "初中"}
    teachers = [
        {"person": f"{school}{n}", "school_id": school, "school_name": "校", "teaching_stage": words[at], **who}
        for school, at, count in ((one, stage, 1), (other, other_stage, 100))
        for n in range(count)
    ]
    teachers += [{**teachers[0], "person": "unknown", "has_above_required_degree": None}]
    shutil.rmtree(office.landing / "hr")
    table(office.landing, "hr_teachers", YEAR, COUNTY, teachers)
    assert office.refresh("--as-of", "2025-01-12").returncode in (0, 3)
    kinds = "select school_id, is_r1, is_r2, is_r3, teachers from intermediate.int_teacher_kinds where data_year = ?"
    assert sorted(office.query(kinds, [YEAR])) == [(one, True, True, True, 1), (other, True, True, True, 100)]
    done = office.run("plan", "--county", COUNTY, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    for plan in json.loads(done.stdout):
        (told,) = [line for line in plan["assumptions"] if "名册的人数多于普查表" in line]
        names = dict(
            office.query("select school_id, any_value(school_name) from marts.mart_school_compliance group by 1")
        )
        assert names[other] in told and names[one] not in told
        assert all(step["from_school"] == one for step in plan["steps"] if step["together"])


def test_every_step_can_be_followed_to_the_file_of_the_plan(planned: Office):
    (file,) = (planned.root / "made").rglob("*.xlsx")
    lines = openpyxl.load_workbook(file).active.max_row - 5
    assert planned.query(
        "select rows_loaded, rows_quarantined from marts.mart_file_outcome where source = 'plans' and "
        "status = 'in_force' and step = 'validate'"
    ) == [(lines, 0)]


@pytest.mark.parametrize("scenario", ["today", "target_year"])
def test_the_page_makes_the_plan_and_shows_that_it_holds(planned: Office, scenario: str):
    """By the page's own arithmetic, which has not seen the search; and hardly a step can be left out."""
    from publish.pages import facts
    from publish.pages.county import Standard, _data
    from publish.pages.whatif_data import whatif_data

    with duckdb.connect(str(planned.root / "published" / "junheng.duckdb"), read_only=True) as connection:
        standard = Standard.of(connection)
        of_county = facts.gather(connection, [COUNTY])[COUNTY]
    engine = MiniRacer()
    engine.eval((PROJECT / "publish" / "pages" / "templates" / "whatif.js").read_text(encoding="utf-8"))
    base = whatif_data(of_county, standard.parts, standard.class_bins, standard.parameters)
    engine.eval(f"const base = {json.dumps(base)}")
    plan = _data(of_county, standard)["plans"][scenario]

    def failing(left_out: int | None = None) -> list[str]:
        kept = {**plan, "steps": [s for s in plan["steps"] if s["persons"] != left_out]}
        found = json.loads(engine.eval(f"JSON.stringify(whatIf(base, changesOfPlan(base, {json.dumps(kept)})))"))
        parts = ("schools", "coefficients", "rooms", "classes")
        return [f"{part} {key}" for part in parts for key, own in found[part].items() if own["verdict"] == "fail"]

    assert failing() == []
    done = {s["persons"] for s in plan["steps"]}
    # One of several that even out a coefficient may be spared by itself.
    assert len(list(filter(failing, done))) > len(done) * 0.9


def test_a_plan_is_stale_once_something_else_has_come(planned: Office, tmp_path: Path):
    office = copy_of(planned, tmp_path / "home")
    table(office.landing, "school_aliases", 2024, COUNTY, [{"school_alias": "一小", "school_id": f"2{COUNTY}001"}])
    assert office.refresh("--as-of", "2025-01-12").returncode in (0, 3)
    assert office.query("select distinct is_current from marts.mart_plan") == [(False,)]


def test_limits_and_prices_are_deliveries_and_are_kept_to(planned: Office, tmp_path: Path):
    office = copy_of(planned, tmp_path / "home")
    table(
        office.landing,
        "plan_limits",
        2024,
        COUNTY,
        [
            {"plan_limit": "每年编制数", "plan_limit_value": "40"},
            {"plan_limit": "不调动教师", "plan_limit_value": "是"},
            {"plan_limit": "先后次序", "plan_limit_value": "经费、聘任"},
            {"plan_limit": "每年经费", "plan_limit_value": "不限"},
        ],
    )
    prices = [("R4", 3000), ("R5", 200), ("R7", 20000), ("G3", 90000)]
    table(office.landing, "gap_prices", 2024, COUNTY, [{"gap_indicator": c, "price_yuan": p} for c, p in prices])
    assert office.refresh("--as-of", "2025-01-12").returncode == 3
    assert office.query("select message_zh from marts.mart_quarantine where check_id = 'plan_limit_value_fits'") == [
        ("方案限制的内容不对，看到的是“不限”。",)
    ]
    done = office.run("plan", "--county", COUNTY, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    ahead, today = json.loads(done.stdout)
    for plan in (ahead, today):
        assert [one["goal"] for one in plan["reached"]] == ["money", "hires"]
        assert {s["kind"] for s in plan["steps"]} & {"transfer"} == set()
        hired = [s for s in plan["steps"] if s["kind"] == "hire"]
        by_year = [sum(s["amount"] for s in hired if s["due_year"] <= year) for year in (2025, 2026, 2027)]
        assert all(done <= 40 * n for n, done in enumerate(by_year, 1)) and by_year[-1] > 0
        assert plan["cost_yuan"] == pytest.approx(sum(s["cost_yuan"] or 0 for s in plan["steps"]))
    assert any("不调动教师" in limit for limit in ahead["limits"])


def test_no_plan_under_the_limits_names_them(planned: Office, tmp_path: Path):
    office = copy_of(planned, tmp_path / "home")
    done = office.run("plan", "--county", COUNTY, "--no-transfers", "--posts", "0")
    assert done.returncode == 1, done.stdout
    assert "没有可行方案：每年编制数。放宽其中任何一项" in done.stdout  # with transfers there would be none either
    kept = (office.root / "made" / "plans" / str(YEAR) / COUNTY / "最小方案表.xlsx").read_bytes()
    done = office.run("plan", "--county", COUNTY, "--no-transfers", "--posts", "0", settings={"JUNHENG_LANG": "en"})
    assert done.returncode == 1 and "Without any one of them there is" in done.stdout
    # What others will read does not hang on who ran the command.
    assert (office.root / "made" / "plans" / str(YEAR) / COUNTY / "最小方案表.xlsx").read_bytes() == kept


def test_the_documents_hold_the_plan(planned: Office, tmp_path: Path):
    done = planned.run("report", "plan", "--county", COUNTY, "--target", tmp_path)
    assert done.returncode == 0, done.stderr
    (file,) = tmp_path.glob("达标方案*.xlsx")
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["按目标年学生数", "按今年学生数"]
    rows = list(book["按今年学生数"].iter_rows(min_row=3, values_only=True))
    assert len(rows) == len(steps(planned, "today")) and rows[0][2] == "调动教师"


def test_the_ledger_of_remediation_goes_out_with_the_plans_dates(planned: Office, tmp_path: Path):
    done = planned.run("template", "remediation", "--year", "2025", "--county", COUNTY, "--target", tmp_path)
    assert done.returncode == 0, done.stderr
    (file,) = tmp_path.glob("*.xlsx")
    sheet = openpyxl.load_workbook(file).active
    columns = {cell.value: cell.column - 1 for cell in sheet[3]}
    rows = list(sheet.iter_rows(min_row=6, values_only=True))
    by_plan = [row for row in rows if row[columns["进展说明"]] == "期限按最小方案"]
    assert {row[columns["完成期限"]] for row in by_plan} <= {"2025-12-31", "2026-12-31", "2027-12-31"}
    assert len(by_plan) > 3 and {row[columns["指标代码"]] for row in by_plan} >= {"R6"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--county", "640104"), "没有普查数据"),
        (("--county", COUNTY, "--target-year", "2024"), "目标年应在 2025 到 2030 之间"),
        (("--county", COUNTY, "--no-transfers", "--within-groups"), "不能同时要求"),
        (("--county", COUNTY, "--budget", "1000"), "须有 R4、R5、R7 的单价"),
        (("--county", COUNTY, "--prices", "没有.xlsx"), "打不开单价文件"),
    ],
)
def test_what_cannot_be_planned_is_said(planned: Office, arguments: tuple[str, ...], said: str):
    done = planned.run("plan", *arguments)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_price_of_nothing_is_said_with_its_line(planned: Office, tmp_path: Path):
    table(tmp_path, "gap_prices", 2025, COUNTY, [{"gap_indicator": "R4", "price_yuan": 0}])
    (file,) = tmp_path.rglob("*.xlsx")
    done = planned.run("plan", "--county", COUNTY, "--prices", file)
    assert done.returncode == 2 and "R4" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_school_that_has_not_said_everything_is_left_out_by_name(tmp_path: Path):
    """Three schools, of which one has not reported its multimedia rooms: the others are planned for."""
    office = Office(tmp_path)
    listing(
        office.landing,
        2024,
        [
            school("649862", 1),
            school("649862", 2, all__sports_ground_area_m2=1000),
            school("649862", 3, all__multimedia_rooms=None),
        ],
        name="一览2024.xlsx",
    )
    assert office.refresh("--as-of", "2025-01-10").returncode in (0, 3)
    done = office.run("plan", "--county", "649862", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    today = json.loads(done.stdout)[1]
    assert [name for name in today["left_out"] if "合成第3小学" in name and "R7" in name]
    # R5 of 200 pupils: 1 200 m² there, 1 500 the standard, 1 275 its floor; the other six are met.
    assert [(s["kind"], s["indicator"], s["school"], s["amount"]) for s in today["steps"]] == [
        ("build", "R5", "2649862002", 75.0)
    ]


def test_a_school_that_closes_gives_its_pupils_and_its_teachers(tmp_path: Path):
    """School 3 closes in 2026: half of its pupils go to each other school, where a teacher is short then."""
    office = Office(tmp_path)
    # R3 wants 0.9 of 100 pupils: the 2 of each school are enough for 200, of 300 they miss the floor, 2.295.
    listing(office.landing, 2024, [school("649864", n) for n in (1, 2, 3)], name="一览2024.xlsx")
    closed = {"school_id": "2649864003", "school_name": "合成第3小学", "change": "撤销", "changed_on": "2026-07-15"}
    table(office.landing, "school_changes", 2026, "649864", [closed])
    assert office.refresh("--as-of", "2025-01-10").returncode in (0, 3)
    done = office.run("plan", "--county", "649864", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    ahead, today = json.loads(done.stdout)
    assert today["steps"] == []
    moved = [s for s in ahead["steps"] if s["kind"] == "transfer"]
    assert {(s["from_school"], s["due_year"]) for s in moved} == {("2649864003", 2026)}
    assert sorted((s["school"], s["amount"]) for s in moved if s["indicator"] == "R3") == [
        ("2649864001", 1),
        ("2649864002", 1),
    ]
    assert not [s for s in ahead["steps"] if s["school"] == "2649864003" or s["kind"] == "hire"], ahead["steps"]
    assert any("学生按在校生比例分到同学段其他学校，教师可以调出：合成第3小学" in one for one in ahead["assumptions"])
    assert office.refresh("--as-of", "2025-01-11").returncode in (0, 3)
    assert office.query("select school_id, pupils_now, pupils_ahead from marts.mart_plan_pupils order by all") == [
        ("2649864001", 200, 300),
        ("2649864002", 200, 300),
        ("2649864003", 200, 0),
    ]


def test_a_school_that_closes_stays_where_a_stage_has_nowhere_to_go(tmp_path: Path):
    """The nine-year school is the only one with a junior stage: nothing of it moves, its primary stage neither."""
    office = Office(tmp_path)
    schools = [school("649865", 1), school("649865", 2), school("649865", 3, "九年一贯制学校")]
    listing(office.landing, 2024, schools, name="一览2024.xlsx")
    name = schools[2]["all", "school_name"]
    closed = {"school_id": "2649865003", "school_name": name, "change": "撤销", "changed_on": "2026-07-15"}
    table(office.landing, "school_changes", 2026, "649865", [closed])
    assert office.refresh("--as-of", "2025-01-10").returncode in (0, 3)
    done = office.run("plan", "--county", "649865", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    ahead, _ = json.loads(done.stdout)
    assert any(f"登记撤销而去向不明，仍按原校计：{name}" in one for one in ahead["assumptions"])
    assert office.refresh("--as-of", "2025-01-11").returncode in (0, 3)
    assert office.query("select distinct pupils_ahead = pupils_now from marts.mart_plan_pupils") == [(True,)]


def test_a_merger_on_record_is_part_of_the_target_year(tmp_path: Path):
    """School 3 goes into school 1 in 2025: their rooms count together then, and today each by itself."""
    office = Office(tmp_path)
    short = {"all__multimedia_rooms": 2}  # of 5 that 200 pupils need; with the 8 of school 1 there are enough
    listing(
        office.landing,
        2024,
        [school("649863", 1, all__multimedia_rooms=8), school("649863", 2), school("649863", 3, **short)],
        name="一览2024.xlsx",
    )
    table(
        office.landing,
        "school_changes",
        2025,
        "649863",
        [
            {
                "school_id": "2649863003",
                "school_name": "合成第3小学",
                "change": "合并",
                "changed_on": "2025-08-20",
                "successor_school_id": "2649863001",
            }
        ],
    )
    assert office.refresh("--as-of", "2025-01-10").returncode in (0, 3)
    done = office.run("plan", "--county", "649863", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    ahead, today = json.loads(done.stdout)
    assert [(s["kind"], s["school"]) for s in today["steps"]] == [("rooms", "2649863003")]
    assert ahead["steps"] == [] and any("按登记并入他校：合成第3小学" in one for one in ahead["assumptions"])
