"""The dashboards as people see them: ``make bi`` on real marts, every page opened in a real browser.

One Superset is for many offices: who signs in by its login of the database sees its own counties there.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import yaml
from playwright.sync_api import Page, TimeoutError, sync_playwright

from publish import access
from tests.conftest import PROJECT, Office

_PICTURES = PROJECT / "tests" / "artefacts"
_BOARDS = [
    yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((PROJECT / "publish" / "superset" / "dashboards").glob("*.yml"))
]
_SECONDS = 120
_dashes: dict[str, int] = {}  # dashboard → its tables' empty cells
_LOADED = "() => !document.querySelector('[data-test=\"loading-indicator\"], .loading')"


@dataclass
class Served:
    """A running Superset: where, and how to get in."""

    address: str
    page: Page
    database: Path


@pytest.fixture(scope="module")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two synthetic counties over four years, the first with some broken files, shown by ``make bi``'s own process."""
    root = tmp_path_factory.mktemp("bi")
    for folder in (root, *root.parents[:2]):
        folder.chmod(0o755)  # the PostgreSQL server runs as another user
    office = Office(root)
    for county, schools, dirt in (("649901", 12, "0.2"), ("649902", 6, "0")):
        office.run(
            "synthetic",
            str(office.landing),
            "--county",
            county,
            "--schools",
            str(schools),
            "--years",
            "2022-2025",
            "--sources",
            "all",
            "--dirt",
            dirt,
        )
    assert office.refresh().returncode in (0, 3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "JUNHENG_HOME": str(office.root), "SUPERSET_BIND": bind}
    environment.pop("JUNHENG_POSTGRES", None)
    with (root / "bi.log").open("w") as log:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("junheng")), "bi"],
            env=environment,
            cwd=PROJECT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(f"http://{bind}/health", process, root / "bi.log")
        password = json.loads((office.root / "bi" / "secrets.json").read_text())["SUPERSET_ADMIN_PASSWORD"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("chromium-browser"), args=["--no-sandbox"]
            )
            page = browser.new_page(viewport={"width": 1500, "height": 1400}, locale="zh-CN")
            _sign_in(page, f"http://{bind}", "admin", password)
            page.wait_for_url("**/welcome/**")
            yield Served(f"http://{bind}", page, office.root / "bi" / "postgres")
            browser.close()
    finally:
        os.killpg(process.pid, 2)
        process.wait(60)


def _sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.set_default_timeout(_SECONDS * 1000)
    page.goto(f"{address}/login/")
    page.fill("#username", name)
    page.fill("#password", password)
    page.keyboard.press("Enter")


def _wait(page: Page, script: str, arg: object = None) -> None:
    """Wait until a script says so; else tell what the page shows.

    Asked five times a second: by default it is asked with every frame drawn, and a busy machine may draw none of a
    window that lies behind another.
    """
    try:
        page.wait_for_function(script, arg=arg, polling=200)
    except TimeoutError as error:
        raise AssertionError(f"{page.url}\n{page.inner_text('body')}") from error


def _wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(_SECONDS * 3):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(1)
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("board", _BOARDS, ids=lambda board: board["slug"])
def test_every_chart_of_a_dashboard_shows_data(superset: Served, board: dict):
    answers: dict[int, int] = {}
    page = superset.page

    def note(response: object) -> None:
        if "/api/v1/chart/data" in response.url and (found := re.search(r"slice_id%22%3A(\d+)", response.url)):
            body = response.json() if response.ok else {}
            answers[int(found[1])] = min((r["rowcount"] or 0 for r in body.get("result", [])), default=-1)

    page.on("response", note)
    entries = [entry for row in board["rows"] for entry in row]
    charts = [entry for entry in entries if "chart" in entry]
    page.goto(f"{superset.address}/superset/dashboard/{board['slug']}/", wait_until="domcontentloaded")
    holders = page.locator(".dashboard-component-chart-holder")
    _wait(page, "n => document.querySelectorAll('.dashboard-component-chart-holder').length === n", arg=len(entries))
    for number in range(len(entries)):
        holders.nth(number).scroll_into_view_if_needed()
    _wait(page, _LOADED)
    page.wait_for_timeout(2000)  # a filter's first value is applied once it has been read, and asks again
    _wait(page, _LOADED)
    page.remove_listener("response", note)
    page.evaluate("window.scrollTo(0, 0)")
    _PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=_PICTURES / f"{board['slug']}.png", full_page=True)
    text = page.inner_text("body")
    assert board["title"] in text
    for chart in charts:
        assert chart["chart"] in text
    # One county and one year at a time: figures of two would be added up.
    assert page.locator(".ant-select-multiple").count() == 0 and page.locator(".ant-select-single").count() > 0
    # No error, no empty chart, and no column's code where its Chinese name belongs.
    assert page.locator(".ant-alert-error, [data-test='error-message'], .missing-chart-container").count() == 0
    may_be_empty = sum(chart.get("may_be_empty", False) for chart in charts)
    assert text.count("没有数据，原因见页面下方的说明") <= may_be_empty and "No data" not in text
    assert len(answers) == len(charts), answers
    assert sum(rows == 0 for rows in answers.values()) <= may_be_empty, answers
    assert not re.findall(r"\b\w+_(?:zh|code|year|yuan|percent)\b", text)
    # What a table has no value for is a dash, not Superset's English.
    shown = page.evaluate(
        "[...document.querySelectorAll('td.dt-is-null')].map(cell => [getComputedStyle(cell).fontSize, "
        "getComputedStyle(cell, '::after').content])"
    )
    assert all(pair == ["0px", '"—"'] for pair in shown), shown[:3]
    _dashes.update({board["slug"]: len(shown)})
    # Why a chart may be empty stands on the page; and what Superset's own translation gets wrong is not to be read.
    assert all(entry["note"][:12] in text for entry in entries if "note" in entry)
    assert not re.findall(r"\d+ 异常|序列|额外控件|要显示的可视化类型|县域评估结论", text)
    codes = {"no_data", "pass", "fail", "not_applicable", "census", "county_office", "m2", "persons", "in_force"}
    assert not codes & {*re.findall(r"[a-z_0-9]+", text)}
    assert board.get("all_counties") or "合成县" in text  # there the names stand on axes, which are drawn


def test_some_table_has_an_empty_cell_and_none_says_so_in_english():
    """Else the dash of the test before would be looked for where there is none."""
    assert sum(_dashes.values()) > 0 or not _dashes


def _open(superset: Served, address: str) -> Page:
    page = superset.page
    page.goto(f"{superset.address}{address}", wait_until="domcontentloaded")
    _wait(page, "() => document.querySelectorAll('.dashboard-component-chart-holder td').length > 3")
    page.wait_for_timeout(2000)
    _wait(page, _LOADED)
    return page


def test_a_laptop_shows_the_verdict_without_scrolling(superset: Served):
    page = superset.page
    page.set_viewport_size({"width": 1366, "height": 768})
    try:
        _open(superset, "/superset/dashboard/county-overview/")
        headline = page.locator("[data-test-chart-name='评估结论'] td")
        told = [headline.nth(n).inner_text() for n in range(headline.count())]
        assert told[0].startswith("合成县6499") and told[2] in ("✗ 不达标", "✓ 达标", "? 未判定")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", told[-1])  # until when, in local time
        box = headline.nth(2).bounding_box()
        assert box and box["y"] + box["height"] < 768
        # The sign's colour is the verdict's.
        colour = headline.nth(2).evaluate("cell => getComputedStyle(cell).backgroundColor")
        assert colour == {"✗": "rgb(198, 40, 40)", "✓": "rgb(46, 125, 50)", "?": "rgb(178, 106, 0)"}[told[2][0]]
    finally:
        page.set_viewport_size({"width": 1500, "height": 1400})


def test_a_click_leads_from_the_county_to_a_school_and_its_cells(superset: Served):
    page = _open(superset, "/superset/dashboard/counties-compared/")
    page.locator("[data-test-chart-name='县区排名'] a", has_text="合成县649902").first.click()
    page.wait_for_url("**/county-overview/**")
    page.wait_for_selector("[data-test-chart-name='评估结论'] td >> text=合成县649902")
    page = _open(superset, "/superset/dashboard/resource-allocation/")
    link = page.locator("[data-test-chart-name='学校综合达标'] a").nth(3)
    school = link.inner_text()
    link.click()
    page.wait_for_url("**/dashboard/school/**")
    page.wait_for_selector(f"[data-test-chart-name='综合判定'] td >> text={school}")
    cells = page.locator("[data-test-chart-name='数字从哪个单元格来'] tbody tr")
    cells.first.wait_for()
    row = cells.first.locator("td").all_inner_texts()
    assert row[2] == school or school in row[8], row
    assert row[8].endswith((".xlsx", ".xls", ".csv")) and re.fullmatch(r"[A-Z]+\d+", row[10]), row


def test_a_real_county_can_be_chosen_with_what_its_documents_print(superset: Served):
    name = "'惠农区 640205'"
    state = (
        f"(extraFormData:(filters:!((col:county,op:IN,val:!({name})))),filterState:(value:!({name})),"
        "id:NATIVE_FILTER-county,ownState:())"
    )
    page = _open(superset, f"/superset/dashboard/county-overview/?native_filters=(NATIVE_FILTER-county:{state})")
    page.wait_for_selector("[data-test-chart-name='评估结论'] td >> text=惠农区")
    printed = page.locator("[data-test-chart-name='文件公布的数字'] tbody tr")
    printed.first.scroll_into_view_if_needed()
    assert printed.count() > 3 and "国家认定" in page.inner_text("body")


_COUNTY = re.compile(r"(?<![0-9a-f.])64990[12](?![0-9a-f])")  # not by chance within a cache's key or a time
# name → password, county; the capitals of the third and the name of the fourth are those of other accounts.
_PERSONS = {
    "zhang": ("甲 '口令' $1", "649901"),
    "li": ('乙 "口令" %2', "649902"),
    "ZHANG": ("丙", "649902"),
    "admin": ("丁", "649902"),
}


@pytest.fixture(scope="module")
def persons(superset: Served) -> None:
    """Logins of the database, which asks these for their passwords."""
    pid = (superset.database / "postmaster.pid").read_text().splitlines()
    address = f"postgresql://postgres@/postgres?host={pid[4]}&port={pid[3]}"
    rules = superset.database / "pg_hba.conf"
    names = ",".join(f'"{name}"' for name in _PERSONS)
    rules.write_text(f"local all {names} scram-sha-256\n{rules.read_text()}")
    with psycopg.connect(address, autocommit=True) as server:
        for name, (password, county) in _PERSONS.items():
            server.execute(
                psycopg.sql.SQL("create role {} login password {}").format(
                    psycopg.sql.Identifier(name), psycopg.sql.Literal(password)
                )
            )
            access.grant(server, name, "county", county)
        server.execute("create role no_password login")  # the server lets it in with any
        access.grant(server, "no_password", "all")
        server.execute("create role no_reader login password 'x'")
        server.execute("select pg_reload_conf()")


def _page_of(superset: Served, name: str, password: str) -> Page:
    browser = superset.page.context.browser
    assert browser
    page = browser.new_context(viewport={"width": 1500, "height": 1400}, locale="zh-CN").new_page()
    _sign_in(page, superset.address, name, password)
    return page


@pytest.mark.usefixtures("persons")
def test_two_persons_see_their_own_counties_in_one_superset(superset: Served):
    asked: dict[str, list[dict]] = {}
    pages = {}
    for name in ("zhang", "li"):
        password, county = _PERSONS[name]
        page = pages[name] = _page_of(superset, name, password)
        page.wait_for_url("**/welcome/**")
        asked[name] = []
        page.on(
            "request",
            lambda request, name=name: (
                asked[name].append(request.post_data_json) if "/api/v1/chart/data" in request.url else None
            ),
        )
        page.goto(f"{superset.address}/superset/dashboard/counties-compared/", wait_until="domcontentloaded")
        _wait(page, "() => document.querySelectorAll('.dashboard-component-chart-holder').length > 2")
        page.wait_for_timeout(3000)
        _wait(page, _LOADED)
        page.screenshot(path=_PICTURES / f"counties-compared-{name}.png", full_page=True)
        assert asked[name] and county
    everything = [*asked["zhang"], *asked["li"]]
    for name, page in pages.items():
        county = _PERSONS[name][1]
        for query in everything:
            # Whatever one asked, the other may ask as well, and gets its own rows; the second time from the cache.
            answers = [page.request.post(f"{superset.address}/api/v1/chart/data", data=query) for _ in range(2)]
            seen = set(_COUNTY.findall(" ".join(answer.text() for answer in answers)))
            assert seen <= {county, *_COUNTY.findall(json.dumps(query))}, (name, query["queries"])
            rows = [json.dumps(result["data"], ensure_ascii=False) for a in answers for result in a.json()["result"]]
            assert set(_COUNTY.findall(" ".join(rows))) <= {county}
        assert any(result["is_cached"] for result in answers[1].json()["result"])
    admin = superset.page.request.post(f"{superset.address}/api/v1/chart/data", data=asked["zhang"][0])
    assert admin.ok


_CHANGE = "alter role junheng_dashboards set search_path = changed"
_HOSTILE = [
    _CHANGE,
    f"1; {_CHANGE}",
    f"1) from marts.dim_county; {_CHANGE}; select max(1",
    f"query_to_xml('{_CHANGE}', true, true, '')::text",
    "(select count(*) from pg_stat_get_activity(null))",
    "count(pg_stat_get_activity(null))",
    "count(pg_terminate_backend(1))",
    "count(pg_advisory_lock(1))",
    "count(lo_create(0))",
]


@pytest.mark.usefixtures("persons")
def test_a_person_changes_nothing_of_the_login_that_all_share(superset: Served):
    """By SQL of a chart's own, and by SQL Lab."""
    page = _page_of(superset, "zhang", _PERSONS["zhang"][0])
    page.wait_for_url("**/welcome/**")
    with page.expect_request("**/api/v1/chart/data**") as sent:
        page.goto(f"{superset.address}/superset/dashboard/counties-compared/", wait_until="domcontentloaded")
    request = sent.value.post_data_json
    headers = {"X-CSRFToken": sent.value.headers["x-csrftoken"], "Referer": superset.address}

    def asked(sql: str) -> int:
        metric = {"expressionType": "SQL", "sqlExpression": sql, "label": "asked", "optionName": "asked"}
        query = {"metrics": [metric], "columns": [], "row_limit": 1, "filters": [], "extras": {}}
        data = {**request, "queries": [query], "force": True}
        return page.request.post(f"{superset.address}/api/v1/chart/data", data=data, headers=headers).status

    assert asked("count(*)") == 200  # a person may ask what no chart of ours does
    assert {sql for sql in _HOSTILE if asked(sql) < 400} == set()
    lab = {"database_id": 1, "sql": _CHANGE}
    answer = page.request.post(f"{superset.address}/api/v1/sqllab/execute/", data=lab, headers=headers)
    assert answer.status in (403, 404), answer.text()
    pid = (superset.database / "postmaster.pid").read_text().splitlines()
    with psycopg.connect(f"postgresql://postgres@/postgres?host={pid[4]}&port={pid[3]}") as server:
        changed = "select count(*) from pg_db_role_setting where 'search_path=changed' = any (setconfig)"
        assert server.execute(changed).fetchall() == [(0,)]


@pytest.mark.usefixtures("persons")
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("zhang", '乙 "口令" %2'),
        ("ZHANG", _PERSONS["ZHANG"][0]),
        ("admin", _PERSONS["admin"][0]),
        ("no_password", "anything"),
        ("no_reader", "x"),
        ("nobody", ""),
        ("a\u0000b", "x"),
    ],
)
def test_nobody_signs_in_as_another(superset: Served, name: str, password: str):
    """Both persons of the test before have an account by now; so does Superset's own administrator."""
    answer = superset.page.request.post(
        f"{superset.address}/api/v1/security/login",
        data={"username": name, "password": password, "provider": "db"},
    )
    assert answer.status in (400, 401), answer.text()
