"""``junheng explain`` asked as people ask: by names, parts of names, 小学, a county's name, any indicator; and in one
language at a time.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from junheng.cli import overview
from tests.conftest import PROJECT, Office
from tests.factories import school, table, workbook
from tests.preloaded import python

COUNTY, NAME = "649866", "合成县649866"
# School 2 lacks backbone teachers (1 of 2 for the standard) and rooms (4 of 5); school 3 reports no equipment.
SCHOOLS = {
    1: {},
    2: {"primary__backbone_teachers": 1, "all__multimedia_rooms": 4},
    3: {"all__equipment_value_yuan": None},
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("explain"))
    for number, changes in SCHOOLS.items():
        workbook(office.landing, 2024, school(COUNTY, number, **changes))
    workbook(office.landing, 2024, school(COUNTY, 7, "九年一贯制学校"))
    table(
        office.landing,
        "responsible_offices",
        2024,
        COUNTY,
        [{"gap_indicator": "R2", "office": "人事科", "office_post": "科长"}],
    )
    table(
        office.landing,
        "finance_county",
        2024,
        COUNTY,
        [
            {
                "county_code": COUNTY,
                "county_name": NAME,
                "special_education_pupils": 10,
                "special_education_funds_yuan": 70_000,
            }
        ],
    )
    assert office.refresh("--as-of", "2025-02-01").returncode == 0
    return office


def asked(office: Office, *words: str) -> str:
    done = office.run("explain", *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
    return done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("合成第2小学",),
        ("第2小",),
        (f"2{COUNTY}002",),
        (NAME, "第2小"),
        ("--school", "第2小"),
        ("--county", COUNTY, "--school", f"2{COUNTY}002"),
        ("第2小", "小学", "2024"),
    ],
    ids=" ".join,
)
def test_a_school_is_found_by_what_people_call_it(office: Office, words: tuple[str, ...]):
    said = asked(office, *words)
    assert f"合成第2小学 2{COUNTY}002" in said and NAME in said and "2024 年秋" in said


def test_a_school_alone_says_what_is_missing_the_least_step_who_and_when(office: Office):
    said = asked(office, "第2小")
    assert "小学：不达标 · 7 项中达标 5 项，不到 85% 底线 1 项，缺数据 0 项" in said
    # R2: 1 of 200, 2 for the standard and 2 for 85 % of it; R7: 4 of 200, 5 for the standard, 87 % of it, so that it
    # may stay.
    steps = said.split("最少要做：")[1].split("政府保障")[0].strip().splitlines()
    assert steps[0] == "· 骨干教师增加 1 人，达到标准；责任：人事科 科长；期限：2025-12-31" or re.fullmatch(
        r"· 骨干教师增加 1 人，达到标准；责任：人事科 科长(；期限：\S+)?", steps[0]
    ), steps
    assert len([step for step in steps if step.strip().startswith("·")]) == 1


def test_a_school_with_a_blank_is_told_to_report_it(office: Office):
    said = asked(office, "第3小")
    assert "未判定（未填报）" in said and "补报仪器设备的数据" in said


def test_a_county_alone_and_an_indicator_of_any_level(office: Office):
    county = asked(office, NAME)
    assert county.startswith(f"{NAME} {COUNTY} · 2025 年评估") and all(
        word in county for word in ("资源配置", "政府保障程度", "教育质量", "社会认可度", "一票否决")
    )
    assert asked(office, COUNTY, "--assessment-year", "2025") == county
    funds = asked(office, NAME, "特教经费")
    assert "G7 特殊教育学校生均公用经费不低于6000元" in funds and "7,000 元/生" in funds and "“70000”" in funds
    assert asked(office, COUNTY, "g7") == funds
    # A county and one of the seven: its coefficient, then the schools short of it.
    backbone = asked(office, NAME, "骨干教师")
    assert "差异系数 骨干教师 小学" in backbone and f"合成第2小学 2{COUNTY}002 小学：不达标" in backbone
    # A school and what else is judged school by school: the school's own line only, of its own stage.
    size = asked(office, "第2小", "班额")
    assert (
        size.startswith(f"合成第2小学 2{COUNTY}002 · 2025 年评估 · G5")
        and "初中" not in size.split("\n", 2)[2]
        and "35 人/班" in size
    )
    # A school and an indicator: down to the cell.
    assert re.search(r"合成第2小学\.xlsx \S+ = “1” \(采用\)", asked(office, "第2小", "骨干教师"))


def test_one_county_need_not_be_named_and_both_stages_are_told(office: Office):
    assert asked(office, "G7") == asked(office, NAME, "G7")
    said = asked(office, "九年一贯", "R4")
    assert said.count("R4 生均教学及辅助用房面积") == 2 and "· 小学 ·" in said and "· 初中 ·" in said
    assert asked(office, "九年一贯", "R4", "初中").count("R4 生均") == 1
    both = json.loads(asked(office, "九年一贯", "R4", "--json"))
    assert [one["value"]["stage"] for one in both] == ["primary", "junior"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("合成第2小雪",), ["没有叫“合成第2小雪”的", f"合成第2小学  2{COUNTY}002"]),
        (("第",), ["没有叫“第”的"]),
        (("小学校",), ["没有叫“小学校”的"]),
        (("合成第",), ["可以指好几个", f"2{COUNTY}001", f"2{COUNTY}003"]),
        (("--stage", "大学", NAME), ["学段应是小学或初中"]),
        (("2649999999",), ["没有标识码为 2649999999 的学校"]),
        ((NAME, "2019"), [f"没有这一条：{COUNTY} 2019"]),
        (("640104", "第2小"), ["没有叫“第2小”的"]),
        (("骨干教帅",), ["是不是", "骨干教师  R2"]),
        (("质量监测",), ["是不是", "学业水平  Q9a", "校际差异  Q9b"]),
    ],
    ids=lambda value: " ".join(value)[:20],
)
def test_what_is_not_found_gets_suggestions(office: Office, words: tuple[str, ...], expected: list[str]):
    done = office.run("explain", *words)
    assert done.returncode == 2 and done.stdout == "" and "Traceback" not in done.stderr
    for text in expected:
        assert text in done.stderr, done.stderr


def test_progress_and_export_take_names(office: Office, tmp_path: Path):
    assert office.run("progress", NAME).stdout == office.run("progress", "--county", COUNTY).stdout != ""
    assert office.run("export", "--county", NAME, "--target", tmp_path).returncode == 0
    assert "没有叫“无名县”的" in office.run("progress", "无名县").stderr


def run(office: Office, arguments: list[str], **environment: str) -> subprocess.CompletedProcess:
    whole = {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_ALL", "COLUMNS", "JUNHENG_LANG")} | {
        "JUNHENG_HOME": str(office.root),
        **environment,
    }
    return subprocess.run(
        [python(), str(Path(sys.executable).with_name("junheng")), *arguments],
        env=whole,
        cwd=PROJECT,
        capture_output=True,
    )


COMMANDS = [
    ["status"],
    ["explain", NAME],
    ["explain", "第2小"],
    ["explain", "第2小", "R2"],
    ["progress", COUNTY],
    ["status", "--history"],
    ["--help"],
    ["explain", "--help"],
    ["refresh"],
]


def _width(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_the_language_is_the_locales_or_the_one_asked_for(office: Office, arguments: list[str]):
    chinese = run(office, arguments, LANG="zh_CN.UTF-8").stdout.decode()
    english = run(office, arguments, LANG="en_US.UTF-8").stdout.decode()
    assert (
        run(office, ["--lang", "en", *arguments], LANG="zh_CN.UTF-8").stdout.decode().split("\n")[:3]
        == english.split("\n")[:3]
    )
    assert (
        run(office, [*arguments, "--lang=zh"], LANG="en_US.UTF-8").stdout.decode().split("\n")[:3]
        == chinese.split("\n")[:3]
    )
    names = re.compile(rf"合成\S*|{NAME}|\S+(xlsx|duckdb)\S*|教基\S*|人事科|科长|[^ ]*满意")
    # Names, sheets and the words of a questionnaire stay as they are; of everything else, English has no Chinese and
    # Chinese no English.
    if arguments[0] != "progress":  # documents and targets have Chinese names
        assert not re.search("[\u4e00-\u9fff]", names.sub("", english)), english
    plain = re.sub(
        r"JUNHENG_HOME\S+|\S*/\S+|\S+\.(xlsx|csv)\S*|sha256|national-\d+|(explain|progress|refresh|status|check|template|withdraw|backfill|backup|restore|export|watch|docs|dashboards|bi|access|synthetic)\b",
        "",
        chinese,
    )
    if "--help" not in arguments:
        assert not re.search(r"[A-Za-z]{5,}", plain.replace("JUNHENG", "").replace("junheng", "")), plain


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_pipe_gets_80_columns_and_any_console_encoding_gets_its_text(office: Office, arguments: list[str]):
    piped = run(office, arguments, LANG="zh_CN.UTF-8").stdout.decode()
    # What people copy is never broken: commands, paths, messages of files.
    too_wide = [
        line for line in piped.splitlines() if _width(line) > 80 and not re.search(r"\.venv|/|^ {2,}\S|xlsx|：", line)
    ]
    assert too_wide == []
    in_gbk = run(office, arguments, LANG="zh_CN.GBK", PYTHONIOENCODING="gbk", PYTHONUTF8="0")
    assert in_gbk.returncode == 0, in_gbk.stderr
    text = in_gbk.stdout.decode("gbk")
    assert "?" not in text and re.search("[\u4e00-\u9fff]", text), text
    in_ascii = run(office, arguments, LANG="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert in_ascii.returncode == 0 and b"Traceback" not in in_ascii.stderr


@pytest.mark.parametrize("command", ["", *overview.COMMANDS, "access grant"])
def test_help_is_whole_in_both_languages(office: Office, command: str):
    for language in ("zh", "en"):
        said = run(office, [*command.split(), "--help", "--lang", language], LANG="C.UTF-8").stdout.decode()
        assert not re.search(r"(?<!…)…\s*│", said), said
        assert (("选项" in said) if language == "zh" else ("Options" in said)) and max(
            map(_width, said.splitlines())
        ) <= 80
