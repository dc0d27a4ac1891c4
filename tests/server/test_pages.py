"""The office's pages, in a real browser: what they say, what can be done with them, and that they need no one else."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import Office, copy_of, made_once
from tests.end_to_end.test_least_plan import COUNTY as PLANNED
from tests.end_to_end.test_least_plan import planned
from tests.factories import school, table, workbook

__all__ = ["planned"]

COUNTY, OTHER = "649821", "649822"
HOSTILE = ["=1+1", "<script>alert(1)</script>小学", "合" * 200]
SCHOOLS = 6


def deliver(office: Office) -> None:
    for year in (2023, 2024):
        for number in range(1, SCHOOLS + 1):
            extra = {} if number > 3 else {"all__school_name": HOSTILE[number - 1]}
            rooms = 3 if number == 2 else 5
            figures = school(COUNTY, number, all__multimedia_rooms=rooms, **extra)
            workbook(office.landing, year, figures, name=str(number))
        workbook(office.landing, year, school(OTHER, 1))
    table(
        office.landing,
        "targets",
        2023,
        COUNTY,
        [
            {
                "target_metric": "网络多媒体教室达标学校比例",
                "goal_year": 2025,
                "goal_value": 100,
                "goal_direction": "至少",
                "target_document": "合成方案",
            }
        ],
    )


@pytest.fixture(scope="session")
def pages_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    def make(office: Office) -> None:
        deliver(office)
        done = office.run("refresh", "--as-of", "2025-01-10", pages=True)
        assert done.returncode == 0, done.stdout + done.stderr

    return made_once(tmp_path_factory, "pages", make)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


def page_of(office: Office, code: str) -> Path:
    return office.root / "reports" / "pages" / f"{code}.html"


@pytest.fixture
def page(browser: Browser, pages_office: Office) -> Iterator[Page]:
    yield from opened(browser, page_of(pages_office, COUNTY))


def opened(browser: Browser, file: Path, **options: object) -> Iterator[Page]:
    """Yield a page from ``file://``, offline; whatever it complains of or asks for fails the test."""
    context = browser.new_context(offline=True, **options)
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url) if request.url != file.as_uri() else None)
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.goto(file.as_uri())
    yield page
    assert heard == []
    context.close()


def test_every_figure_is_the_marts(pages_office: Office, page: Page):
    shown = json.loads(page.locator("#data").text_content() or "")
    rows = pages_office.query(
        "select school_id || ' ' || stage, indicator_code, value, quantity, pupils, standard, verdict from "
        "marts.mart_resource_allocation where county_code = ? and census_year = 2024 order by all",
        [COUNTY],
    )
    assert rows == sorted(
        (key, code, *figures[:5]) for key, codes in shown["values"].items() for code, figures in codes.items()
    )
    # As people read them: school by school, in the order of the indicators.
    cells = {
        row.get_attribute("data-key"): [cell.inner_text() for cell in row.locator("button.cell").all()]
        for row in page.locator("#matrix tbody tr").all()
    }
    assert len(cells) == SCHOOLS
    for key, texts in cells.items():
        for (_, _, value, *_, verdict), text in zip([r for r in rows if r[0] == key], texts, strict=True):
            number = re.match(r"[\d,.]+", text)
            assert number and float(number[0].replace(",", "")) == pytest.approx(value, abs=0.005)
            assert ("✓" in text) == (verdict == "pass")
    ((verdict, passed, failed, missing),) = pages_office.query(
        "select verdict, indicators_passed, indicators_failed, indicators_missing from marts.mart_county_scorecard "
        "where county_code = ? and assessment_year = 2025",
        [COUNTY],
    )
    hero = page.locator(".hero").inner_text()
    assert verdict == "fail" and "不达标" in page.locator("h1").inner_text()
    assert f"达标 {passed} · 不达标 {failed} · 未判定 {missing}" in hero
    coefficients = pages_office.query(
        "select stage || ' ' || indicator_code, cv from marts.mart_resource_balance where county_code = ? and "
        "census_year = 2024 and cv is not null",
        [COUNTY],
    )
    for key, cv in coefficients:
        cell = page.locator(f'#coefficient-table tr[data-key="{key}"] td[data-sort]')
        assert float(cell.get_attribute("data-sort") or "") == cv
    gaps = pages_office.query(
        "select count(*) from marts.mart_gap_ledger where county_code = ? and closed_on is null", [COUNTY]
    )
    assert [(page.locator("#gaps tbody tr").count(),)] == gaps
    # Of each target its status of the latest year, with the latest figure of any year.
    ((goal, value, status),) = pages_office.query(
        "select any_value(target_value), arg_max(value, census_year) filter (value is not null), any_value(status) "
        "filter (is_latest) from marts.mart_target_progress where county_code = ? group by metric, target_year",
        [COUNTY],
    )
    (target,) = page.locator("#road-table tbody tr").all_inner_texts()
    assert f"≥ {goal:g}" in target and f"{value:.3f} 2024" in target and status == "no_data" and "无数据" in target
    for code, value, said in pages_office.query(
        "select indicator_code, value, verdict from marts.mart_government_assurance where county_code = ? and "
        "assessment_year = 2025 and judged_at = 'county'",
        [COUNTY],
    ):
        facts = page.locator(f'details[data-code="{code}"] summary').inner_text()
        assert {"pass": "达标", "fail": "不达标", "no_data": "未判定", "not_applicable": "不适用"}[said] in facts, (
            code,
            facts,
        )
        assert value is None or f"{value:g}" in facts.replace(",", ""), (code, value, facts)
    codes = pages_office.query("select indicator_code from marts.dim_indicator order by 1")
    assert sorted(d.get_attribute("data-code") or "" for d in page.locator("details.indicator").all()) == [
        code for (code,) in codes
    ]


def test_a_figure_leads_to_its_file_sheet_and_cell(pages_office: Office, page: Page):
    row = page.locator(f'#matrix tr[data-key="2{COUNTY}002 primary"]')
    row.locator('button[data-code="R7"]').click()
    said = page.locator("#source").inner_text()
    ((file, sheet, cell),) = pages_office.query(
        "select file_name, sheet, cell from marts.mart_indicator_component where county_code = ? and census_year = "
        "2024 and school_id = ? and indicator_code = 'R7'",
        [COUNTY, f"2{COUNTY}002"],
    )
    assert f"{file} {sheet}!{cell}" in said and "3 ÷ 200 → 1.5" in said
    page.keyboard.press("Escape")
    assert not page.locator("#source").is_visible()


def test_sorting_searching_and_filtering(page: Page):
    rows = page.locator("#matrix tbody tr:visible")
    page.locator("#filters [name=verdict]").select_option("fail")
    assert rows.count() == 1 and "1 / 6" in page.locator("#found").inner_text()
    page.locator("#filters [name=verdict]").select_option("")
    page.locator("#filters [name=text]").fill("第5")
    assert rows.count() == 1
    page.locator("#filters [name=text]").fill("")
    heading = page.locator("#matrix thead th").nth(9)
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert rows.first.get_attribute("data-key") == f"2{COUNTY}002 primary"
    heading.locator("button").click()
    assert rows.last.get_attribute("data-key") == f"2{COUNTY}002 primary"


def test_what_if_recomputes_beside_today_and_is_undone_saved_and_shared(
    browser: Browser, pages_office: Office, page: Page, tmp_path: Path
):
    school = f"2{COUNTY}002"
    form = page.locator("#whatif-form")
    form.locator("[name=school]").select_option(school)
    form.locator("[name=figure]").select_option("all.multimedia_rooms")
    assert "3" in page.locator("#whatif-now").inner_text()
    form.locator("[name=value]").fill("2")
    form.locator("button").click()
    result = page.locator("#whatif-result")
    assert "1.5 → 2.5" in result.inner_text() and "不达标 → 达标" in result.inner_text()
    assert page.locator("#matrix td.changed").count() == 1
    with page.expect_download() as download:
        page.locator("#whatif-save").click()
    download.value.save_as(tmp_path / "推演.csv")
    said = pages_office.run("whatif", tmp_path / "推演.csv", "--county", COUNTY)
    assert said.returncode == 0 and "1.5 → 2.5" in said.stdout, said.stderr
    # What can't be made is refused, and stays out of the list.
    form.locator("[name=value]").fill("-9")
    form.locator("button").click()
    assert "不能小于 0" in page.locator("#whatif-error").inner_text()
    assert page.locator("#whatif-list li").count() == 1
    page.locator("#whatif-link").click()
    shared = page.evaluate("location.hash")
    page.locator("#whatif-undo").click()
    assert result.inner_text() == "" and page.locator("#matrix td.changed").count() == 0
    page.locator("#whatif-open").set_input_files(tmp_path / "推演.csv")
    page.locator("#whatif-list li").wait_for()
    # As an office types it, in Excel's encoding.
    lines = f"改法,学校标识码,学段,数据项,数值,到学校\r\n改为,{school},全校,网络多媒体教室间数,5,\r\n"
    (tmp_path / "手写.csv").write_bytes(lines.encode("gb18030"))
    page.locator("#whatif-open").set_input_files(tmp_path / "手写.csv")
    page.locator("#whatif-list li", has_text="= 5").or_(page.locator("#whatif-list li", has_text="=5")).wait_for()
    assert "1.5 → 2.5" in result.inner_text()
    context = browser.new_context(offline=True)
    other = context.new_page()
    other.goto(page_of(pages_office, COUNTY).as_uri() + shared)
    assert "1.5 → 2.5" in other.locator("#whatif-result").inner_text()
    context.close()


def test_a_step_of_a_plan_is_taken_back_with_all_that_its_teachers_count_for(
    browser: Browser, planned: Office, tmp_path: Path
):
    office = copy_of(planned, tmp_path / "home")
    assert office.run("refresh", "--as-of", "2025-01-12", pages=True).returncode in (0, 3)
    for page in opened(browser, page_of(office, PLANNED)):
        assert "步同一批教师" in page.locator("#plan").inner_text()
        page.locator(".try-plan").first.click()
        assert "不达标 → 达标" in page.locator("#whatif-result").inner_text()
        moves = page.locator("#whatif-list li", has_text="→")
        first, second = (re.findall(r"(−\d+ → .*?\d{10})", moves.nth(n).inner_text()) for n in range(2))
        assert first == second and first
        before = moves.count()
        moves.first.locator("button").click()
        assert before - moves.count() >= 2


def test_hostile_names_are_only_names(page: Page):
    shown = page.locator("#matrix tbody th").all_inner_texts()
    for name in HOSTILE:
        assert any(name in text for text in shown)


def test_keyboard_language_and_charts(page: Page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#language").focus()
    page.keyboard.press("Enter")
    assert page.locator("h1").inner_text().strip().endswith("fail") and "Schools by indicator" in page.inner_text(
        "main"
    )
    assert "学校 × 指标" not in page.inner_text("main")
    page.locator("#coefficients").scroll_into_view_if_needed()
    page.locator("#coefficient-chart svg").wait_for()
    cell = page.locator("button.cell").first
    cell.focus()
    page.keyboard.press("Enter")
    assert page.locator("#source").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", [COUNTY, "640000"])
def test_nothing_stands_in_anybodys_way(browser: Browser, pages_office: Office, code: str, scheme: str):
    from axe_playwright_python.sync_playwright import Axe

    for page in opened(browser, page_of(pages_office, code), color_scheme=scheme, bypass_csp=True):
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("code", [COUNTY, "640000"])
def test_a_phone_shows_the_page_at_its_width(browser: Browser, pages_office: Office, code: str):
    for page in opened(browser, page_of(pages_office, code), viewport={"width": 390, "height": 844}):
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.locator("h1").is_visible()


def test_without_scripts_verdict_and_tables_are_there(browser: Browser, pages_office: Office):
    for page in opened(browser, page_of(pages_office, COUNTY), java_script_enabled=False):
        assert "不达标" in page.locator("h1").inner_text()
        assert page.locator("#matrix tbody tr").count() == SCHOOLS
        assert not page.locator("#filters").is_visible() and page.locator(".notice").is_visible()


def test_it_prints_as_a_report_that_says_it_is_synthetic(page: Page, tmp_path: Path):
    import subprocess

    page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True, print_background=True)
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True).stdout
    sheets = text.split("\f")[:-1]
    assert len(sheets) > 1 and all("合成数据" in sheet for sheet in sheets)
    assert "不达标" in sheets[0] and f"2{COUNTY}006" in text


def test_a_county_carries_its_own_data_only(pages_office: Office):
    text = page_of(pages_office, COUNTY).read_text(encoding="utf-8")
    assert OTHER not in text
    region = page_of(pages_office, "640000").read_text(encoding="utf-8")
    assert COUNTY in region and OTHER in region and f"2{COUNTY}001" not in region
    assert page_of(pages_office, COUNTY).stat().st_size < 1_500_000


def test_only_counties_that_changed_are_written_and_a_withdrawn_one_leaves(pages_office: Office, tmp_path: Path):
    office = copy_of(pages_office, tmp_path / "home")
    before = {page.name: page.read_bytes() for page in (office.root / "reports" / "pages").glob("*.html")}
    assert {f"{COUNTY}.html", f"{OTHER}.html", "640000.html", "640100.html"} < set(before)
    page_of(office, "649899").write_text("of yesterday")
    written = page_of(office, COUNTY).stat().st_mtime_ns
    workbook(office.landing, 2024, school(OTHER, 1, all__multimedia_rooms=3))
    done = office.run("refresh", "--as-of", "2025-01-11", pages=True)
    assert done.returncode == 0 and "1 个县区的页面" in done.stdout, done.stdout
    assert page_of(office, COUNTY).stat().st_mtime_ns == written
    assert page_of(office, OTHER).read_bytes() != before[f"{OTHER}.html"]
    assert not page_of(office, "649899").exists()
    # A page cut off by a full disk is written anew.
    page_of(office, COUNTY).write_bytes(before[f"{COUNTY}.html"][:5000])
    assert office.run("refresh", pages=True).returncode == 0
    assert page_of(office, COUNTY).read_bytes() == before[f"{COUNTY}.html"]
