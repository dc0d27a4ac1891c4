"""What if: changes that nobody has made, judged by the warehouse's SQL, and by the page's own arithmetic beside it."""

import json
import math
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest
from py_mini_racer import MiniRacer

from junheng.home import Home
from junheng.run_plan import published_run
from junheng.whatif.changes import Change, Figures, class_sizes
from junheng.whatif.scratch import Scenario, judge
from tests.conftest import PROJECT, SOAK, Office, made_once

COUNTY, YEAR = "649851", 2024
_BATCH = 100 if SOAK else 16
_BATCHES = 20 if SOAK else 1


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A synthetic county of every school type, with points that count with their schools, and with what is missing."""

    def make(office: Office) -> None:
        everything = office.root / "everything"
        done = office.run(
            *("synthetic", everything, "--county", COUNTY, "--schools", "30", "--years", "2023-2024"),
            *("--sources", "all"),
        )
        assert done.returncode == 0, done.stderr
        for source in ("census", "classes", "rooms"):
            shutil.copytree(everything / source, office.landing / source)
        leave_things_out(office.landing)
        assert office.refresh("--as-of", "2025-01-10").returncode in (0, 3)

    return made_once(tmp_path_factory, "whatif", make)


def leave_things_out(landing: Path) -> None:
    """Make rosters and registers as they come: schools left out, blank cells, words and figures nobody can read."""
    (rooms,) = (landing / "rooms" / str(YEAR) / COUNTY).glob("*.xlsx")
    (classes,) = (landing / "classes" / str(YEAR) / COUNTY).glob("*.xlsx")
    for file, edits in (
        (rooms, {1: "left out", 2: (5, "约九十"), 3: (4, "书法"), 4: (5, 60)}),
        (classes, {1: "left out", 2: (5, None), 3: (5, 48), 4: "one class less"}),
    ):
        book = openpyxl.load_workbook(file)
        sheet = book.active
        lines: dict[str, list[int]] = {}
        for row in range(6, sheet.max_row + 1):
            lines.setdefault(sheet.cell(row, 1).value, []).append(row)
        listed = list(lines.values())
        for place, edit in edits.items():
            if isinstance(edit, tuple):
                sheet.cell(listed[place][0], edit[0]).value = edit[1]
        for place, edit in sorted(edits.items(), reverse=True):
            if edit == "left out":
                sheet.delete_rows(listed[place][0], len(listed[place]))
            elif edit == "one class less":
                sheet.delete_rows(listed[place][0])
        book.save(file)


@pytest.fixture(scope="module")
def page_judges(county: Office) -> Callable[..., dict]:
    """Return the arithmetic of the county's page: changes → what it shows."""
    from publish.pages import facts
    from publish.pages.county import Standard
    from publish.pages.whatif_data import whatif_data

    with duckdb.connect(str(Home(county.root).warehouse), read_only=True) as connection:
        standard = Standard.of(connection)
        data = whatif_data(
            facts.gather(connection, [COUNTY])[COUNTY], standard.parts, standard.class_bins, standard.parameters
        )
    engine = MiniRacer()
    engine.eval((PROJECT / "publish" / "pages" / "templates" / "whatif.js").read_text(encoding="utf-8"))
    engine.eval(f"const base = {json.dumps(data)}")

    def judged(changes: list[dict], other: dict | None = None) -> dict:
        """Judge the county with the changes, or with other facts in the place of its own."""
        attempt = (
            f"(() => {{ try {{ return JSON.stringify(whatIf({{...base, ...{json.dumps(other or {})}}}, "
            f"{json.dumps(changes)})) }} "
            "catch (e) { return JSON.stringify({ why: e.why ?? String(e) }) } })()"
        )
        return json.loads(engine.eval(attempt))

    return judged


def figures_of(county: Office) -> Figures:
    with duckdb.connect(str(Home(county.root).warehouse), read_only=True) as connection:
        return Figures.of(connection, COUNTY, YEAR)


def some_changes(figures: Figures, chosen: random.Random) -> list[Change]:
    """A dozen changes of every kind, some of which nobody can make."""
    schools = sorted(figures.counted_with)
    changes = []
    for _ in range(chosen.randint(1, 12)):
        school, other = chosen.sample(schools, 2)
        _, stage, measure = chosen.choice(sorted(cell for cell in figures.cells if cell[0] == school))
        kind = chosen.choice(["set", "add", "add", "move", "move", "merge"])
        if kind == "merge":
            changes.append(Change(kind, school, to_school_id=other))
        else:
            value = chosen.choice([0.0, 1.0, 2.0, 3.0, 37.0, 250.0, 1234.5]) * (
                1 if kind != "add" else chosen.choice([1, -1])
            )
            changes.append(Change(kind, school, stage, measure, value, other if kind == "move" else ""))
    return changes


def all_leave(figures: Figures) -> list[Change]:
    """A stage of a school is left by its pupils, and has no class any more."""
    school, stage, _ = next(cell for cell in sorted(figures.cells) if cell[1:] == ("junior", "pupils"))
    left = [cell for cell in sorted(figures.cells) if cell[:2] == (school, stage)]
    return [Change("set", *cell, 0.0) for cell in left if cell[2] == "pupils" or cell[2] in class_sizes()]


def as_page(change: Change) -> dict:
    if change.kind == "merge":
        return {"kind": "merge", "school": change.school_id, "to": change.to_school_id}
    return {
        "kind": change.kind,
        "school": change.school_id,
        "stage": change.stage,
        "measure": change.measure,
        "value": change.value,
        "to": change.to_school_id,
    }


def test_nothing_changed_is_what_is_published(county: Office, page_judges: Callable[..., dict]):
    shown = page_judges([])
    assert_same(shown, Home(county.root).warehouse, COUNTY)
    assert len(shown["values"]) > 30


@pytest.mark.parametrize("batch", range(_BATCHES))
def test_the_page_says_what_the_sql_says(county: Office, page_judges: Callable[..., dict], tmp_path: Path, batch: int):
    chosen = random.Random(batch)
    scenarios: dict[str, tuple[Figures, dict]] = {}
    refused = 0
    while len(scenarios) < _BATCH:
        figures = figures_of(county)
        changes: list[Change] = []
        for change in some_changes(figures, chosen) if scenarios else all_leave(figures):
            attempt = page_judges([as_page(c) for c in [*changes, change]])
            try:
                figures.apply([change])
            except ValueError:
                refused += 1
                assert "why" in attempt, change  # the page can't make it either
            else:
                assert "why" not in attempt, (change, attempt)
                changes.append(change)
        code = str(640000 + 100 + len(scenarios))
        scenarios[code] = (figures, page_judges([as_page(c) for c in changes]))
    assert refused
    home = Home(county.root)
    run = published_run(home)
    assert run
    judged = judge(
        home, run, COUNTY, YEAR, [Scenario(code, f) for code, (f, _) in scenarios.items()], tmp_path / "scratch"
    )
    for code, (_, shown) in scenarios.items():
        assert_same(shown, judged, code)


def test_smaller_rooms_count_while_a_concession_is_on_and_holds(page_judges: Callable[..., dict]):
    """A rural school of 12 classes with rooms of 60 m²: they suffice (54) while its largest class is under 30."""
    school = "2649851777"
    county = {
        "schools": {school: {"name": "", "with": school, "counts": True}},
        "figures": {school: {f"primary.{size}": 12 if size == "classes_26_30" else 0 for size in class_sizes()}},
        "classes": {
            school: {"primary": {"classes": 12, "atLeast": 28, "atMost": 28, "binsAtLeast": 26, "binsAtMost": 30}}
        },
        "rooms": {
            "of": {school: [["music", 60, 1, False], ["art", 97, 1, False]]},
            "unplaced": 0,
            "rules": {school: {"music": [96, [[30, 54]]], "art": [90, [[30, 54]]]}},
        },
    }
    assert page_judges([], county)["rooms"][school] == {"rooms": 1, "due": 1, "verdict": "pass"}
    larger = {"kind": "add", "school": school, "stage": "primary", "measure": "classes_41_45", "value": 1}
    assert page_judges([larger], county)["rooms"][school] == {"rooms": 0, "due": 2, "verdict": "fail"}


def assert_same(shown: dict, warehouse: Path, code: str) -> None:
    """Hold what the page says against the marts: figures to 1e-12, verdicts equal."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:

        def rows(sql: str) -> list[tuple]:
            return connection.execute(sql, [code]).fetchall()

        values = rows(
            "select school_id || ' ' || stage, indicator_code, value, verdict, gap_to_standard, meets_floor from "
            f"marts.mart_resource_allocation where county_code = ? and census_year = {YEAR} order by all"
        )
        schools = rows(
            "select school_id || ' ' || stage, indicators_met, verdict from marts.mart_school_compliance where "
            f"county_code = ? and census_year = {YEAR} and stage <> 'unknown' order by all"
        )
        coefficients = rows(
            "select stage || ' ' || indicator_code, cv, verdict from marts.mart_resource_balance where "
            f"county_code = ? and census_year = {YEAR} and verdict <> 'not_applicable' order by all"
        )
        shares = rows(
            "select stage || ' ' || indicator_code, school_id, share_of_variance from "
            f"marts.mart_resource_contribution where county_code = ? and census_year = {YEAR} order by all"
        )
        sizes = rows(
            "select school_id, numerator, verdict from marts.mart_government_assurance where county_code = ? and "
            f"assessment_year = {YEAR + 1} and indicator_code = 'G4' and judged_at = 'school' order by all"
        )
        rooms = rows(
            "select school_id, numerator, denominator, verdict from marts.mart_government_assurance where county_code "
            f"= ? and assessment_year = {YEAR + 1} and indicator_code = 'G3' and judged_at = 'school' order by all"
        )
        classes = rows(
            "select school_id || ' ' || stage, value, verdict from marts.mart_government_assurance where county_code = "
            f"? and assessment_year = {YEAR + 1} and indicator_code = 'G5' and judged_at = 'class_stage' order by all"
        )
    said = [
        (key, code, own["value"], own["verdict"], own["gap"], own["meetsFloor"])
        for key, codes in shown["values"].items()
        for code, own in codes.items()
    ]
    same(values, said)
    same(schools, [(key, own["met"], own["verdict"]) for key, own in shown["schools"].items()])
    same(coefficients, [(key, own["cv"], own["verdict"]) for key, own in shown["coefficients"].items()])
    same(shares, [(key, school, share) for key, all_ in shown["contributions"].items() for school, share in all_])
    same(sizes, [(school, own["pupils"], own["verdict"]) for school, own in shown["sizes"].items()])
    same(rooms, [(school, own["rooms"], own["due"], own["verdict"]) for school, own in shown["rooms"].items()])
    same(classes, [(key, own["largest"], own["verdict"]) for key, own in shown["classes"].items()])


def same(expected: list[tuple], found: list[tuple]) -> None:
    keys = [tuple(x for x in row if isinstance(x, str)) for row in expected]
    assert len(expected) == len(found)
    for key, right, said in zip(keys, expected, sorted(found, key=lambda row: row[:2]), strict=True):
        for a, b in zip(right, said, strict=True):
            is_figure = isinstance(a, float) and isinstance(b, int | float)
            assert a == b or (is_figure and math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-9)), (key, right, said)


def test_the_command_judges_changes_and_changes_nothing(county: Office, tmp_path: Path):
    figures = figures_of(county)
    alone = [s for s in sorted(figures.schools) if list(figures.counted_with.values()).count(s) == 1]
    school = next(s for s in alone if figures.cells.get((s, "all", "multimedia_rooms")))
    pupils = county.query(
        "select any_value(pupils), any_value(stage) from marts.mart_resource_allocation where census_year = ? and "
        "school_id = ? having count(distinct stage) = 1",
        [YEAR, school],
    )
    assert pupils, "a school of one stage"
    ((count, stage),) = pupils
    before = Home(county.root).warehouse.read_bytes()
    file = tmp_path / "改动.csv"
    file.write_bytes(
        f"改法,学校标识码,学段,数据项,数值,到学校\r\n改为,{school},全校,网络多媒体教室间数,1,\r\n".encode("gb18030")
    )
    done = county.run("whatif", file, "--county", COUNTY)
    assert done.returncode == 0, done.stderr
    assert "R7 多媒体教室" in done.stdout and "没有改动任何数据" in done.stdout
    done = county.run("whatif", file, "--county", COUNTY, "--json")
    found = json.loads(done.stdout)
    ((value, verdict),) = [(r["value_now"], r["verdict_now"]) for r in found["values"]]
    assert value == pytest.approx(100 / count) and verdict == "fail" and found["values"][0]["stage"] == stage
    assert found["others"] == []
    assert Home(county.root).warehouse.read_bytes() == before


def test_classes_and_rooms_are_judged_too(county: Office, tmp_path: Path):
    """A school with all it needs gets one class of 46 to 50 pupils, and loses its music rooms."""
    schools = county.query(
        "select s.school_id from marts.mart_government_assurance as s inner join marts.mart_government_assurance as c "
        "using (county_code, assessment_year, school_id) where s.indicator_code = 'G3' and c.indicator_code = 'G5' and "
        f"s.assessment_year = {YEAR + 1} and s.verdict = 'pass' and c.verdict = 'pass' and c.stage = 'primary' "
        "and s.numerator > 0 order by all"
    )
    members = list(figures_of(county).counted_with.values())
    school = next(school for (school,) in schools if members.count(school) == 1)
    file = tmp_path / "改动.csv"
    file.write_text(
        "改法,学校标识码,学段,数据项,数值\n"
        f"增减,{school},小学,46-50人的班数,1\n改为,{school},全校,面积达标的音乐专用教室间数,0\n",
        encoding="utf-8",
    )
    done = county.run("whatif", file, "--county", COUNTY, "--json")
    assert done.returncode == 0, done.stderr
    others = {r["indicator_code"]: r for r in json.loads(done.stdout)["others"] if r["school_id"] == school}
    assert others["G5"]["verdict_now"] == "fail" and others["G5"]["value_now"] == 46
    assert others["G3"]["verdict_now"] == "fail" and others["G3"]["value_now"] == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("改为,2649851999,全校,multimedia_rooms,1,", "没有学校 2649851999"),
        ("改为,{school},全校,多媒体教室,1,", "网络多媒体教室间数"),
        ("增减,{school},全校,multimedia_rooms,-900,", "不能小于 0"),
        ("改成,{school},全校,multimedia_rooms,1,", "改为"),
        ("改为,{school},全校,multimedia_rooms,一,", "数值应为数字"),
        ("并入,{school},,,,{school}", "另一所"),
        ("改为,{school},全校,art_rooms,1.5,", "整数"),
        ("改为,{school},全校,art_rooms,10000,", "整数"),
        ("改为,{school},初中,multimedia_rooms,1,", "学段应为 全校"),
    ],
)
def test_what_cannot_be_changed_is_said(county: Office, tmp_path: Path, line: str, said: str):
    figures = figures_of(county)
    school = next(s for s in sorted(figures.schools) if figures.cells.get((s, "all", "multimedia_rooms")))
    file = tmp_path / "改动.csv"
    file.write_text("改法,学校标识码,学段,数据项,数值,到学校\n" + line.format(school=school) + "\n", encoding="utf-8")
    done = county.run("whatif", file, "--county", COUNTY)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert "第 2 行" in done.stderr or "第 1 条" in done.stderr


def test_a_heading_that_is_missing_is_named(county: Office, tmp_path: Path):
    (tmp_path / "改动.csv").write_text("学校标识码,数值\n2649851001,1\n", encoding="utf-8")
    done = county.run("whatif", tmp_path / "改动.csv", "--county", COUNTY)
    assert done.returncode == 2 and "没有 改法" in done.stderr


def test_a_file_that_is_not_there_is_said_in_words(county: Office, tmp_path: Path):
    done = county.run("whatif", tmp_path / "没有.csv", "--county", COUNTY)
    assert done.returncode == 2 and "打不开改动表" in done.stderr and "Errno" not in done.stderr
