"""A month of a clerk's work: every source from its template, the commonest mistakes, corrections, re-sends, a
withdrawal.

Beside it the same county delivered without a mistake: at the end both warehouses say the same.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from extract.definitions.forms import sources
from extract.definitions.vocabulary import measure_names
from tests.conftest import Office

COUNTY = "649860"
YEARS = {"survey": 2025, "attestation": 2025, "reviews": 2025}  # the others: 2024
_HEADER, _FIRST = 3, 6  # of a template
Change = Callable[[Worksheet], None]


class Clerk:
    """Fills templates in, drops files, reads what is said."""

    def __init__(self, office: Office, sound: Path):
        self.office, self.sound = office, sound
        self.said: dict[str, str] = {}
        self.problems: list[list[str]] = []

    def census(
        self,
        year: int,
        school: str,
        change: Change | None = None,
        folder: int | None = None,
        sheet: str = "",
        name: str | None = None,
    ) -> None:
        """Drop a school's workbook, with one sheet changed."""
        source = self.sound / "census" / str(year) / COUNTY / f"合成{school}.xlsx"
        target = self.office.landing / "census" / str(folder or year) / COUNTY / f"{name or school}.xlsx"
        target.parent.mkdir(parents=True, exist_ok=True)
        if change is None:
            shutil.copyfile(source, target)
            return
        book = openpyxl.load_workbook(source)
        change(book[sheet])
        book.save(target)

    def fills(self, title: str, change: Change | None = None, name: str | None = None, year: int | None = None) -> Path:
        """Fill in a template that was written for him, column by column, and drop it where the command said."""
        (template,) = self.office.root.glob(f"模板/*/{title}_{COUNTY}_*.xlsx")
        source = template.parent.name
        year = year or YEARS.get(source, 2024)
        (own,) = (self.sound / source / str(year) / COUNTY).glob(f"合成{title}.xlsx")
        book, records = openpyxl.load_workbook(template), openpyxl.load_workbook(own).active
        sheet = book["填报"]
        columns = {cell.value: cell.column for cell in sheet[_HEADER] if cell.value}
        if year != YEARS.get(source, 2024):  # last year's table, as it was sent then
            book, sheet = openpyxl.load_workbook(own), None
        for heading, column in columns.items() if sheet else ():
            taken = next(cell.column for cell in records[_HEADER] if cell.value == heading)
            for line in range(_FIRST, max(records.max_row, sheet.max_row) + 1):
                sheet.cell(line, column).value = records.cell(line, taken).value
        if change:
            change(sheet or book.active)
        target = self.office.landing / source / str(YEARS.get(source, 2024)) / COUNTY / f"{name or title}.xlsx"
        target.parent.mkdir(parents=True, exist_ok=True)
        book.save(target)
        return target

    def refreshes(self, day: str) -> int:
        """Run the night and read the screen."""
        done = self.office.refresh("--as-of", f"2025-09-{day}")
        assert done.stderr == ""
        self.said[day] = done.stdout
        self.problems += [
            [day, *row]
            for row in self.office.query(
                "select path, message_zh from marts.mart_file_outcome where message_zh is not null union all "
                "select file_name, message_zh || how_to_fix_zh from marts.mart_quarantine"
            )
        ]
        return done.returncode

    def told(self, day: str) -> str:
        """Return all that was said of files and cells that night."""
        return "\n".join(f"{path} {message}" for d, path, message in self.problems if d == day)


def put(address: str, value: object) -> Change:
    return lambda sheet: sheet.__setitem__(address, value)


def in_column(heading: str, line: int, value: Callable[[object], object]) -> Change:
    """Change one entry of a filled template: the ``line``-th row of the column."""

    def change(sheet: Worksheet) -> None:
        column = next(cell.column for cell in sheet[_HEADER] if cell.value == heading)
        cell = sheet.cell(_FIRST + line - 1, column)
        cell.value = value(cell.value)

    return change


def renamed(heading: str, name: str) -> Change:
    def change(sheet: Worksheet) -> None:
        next(cell for cell in sheet[_HEADER] if cell.value == heading).value = name

    return change


def merged(heading: str) -> Change:
    def change(sheet: Worksheet) -> None:
        column = next(cell.column for cell in sheet[_HEADER] if cell.value == heading)
        sheet.merge_cells(start_row=_FIRST, end_row=_FIRST + 1, start_column=column, end_column=column)

    return change


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The county delivered without a mistake, in one night."""
    office = Office(tmp_path_factory.mktemp("straight"))
    assert (
        office.run(
            "synthetic",
            office.landing,
            "--county",
            COUNTY,
            "--schools",
            "24",
            "--years",
            "2023-2024",
            "--sources",
            "all",
        ).returncode
        == 0
    )
    for folder in office.landing.iterdir():
        for year in folder.iterdir():
            if folder.name != "census" and int(year.name) != YEARS.get(folder.name, 2024):
                year.rename(year.with_name(f"{year.name}-早"))
    kept = office.root / "早"
    kept.mkdir()
    for early in [*office.landing.glob("*/*-早")]:
        (kept / early.parent.name).mkdir(exist_ok=True)
        early.rename(kept / early.parent.name / early.name.removesuffix("-早"))
    assert office.refresh("--as-of", "2025-09-30").returncode == 0
    return office


@pytest.fixture(scope="module")
def clerk(straight: Office, tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    office = Office(tmp_path_factory.mktemp("month"))
    sound = office.root / "自己的材料"
    shutil.copytree(straight.landing, sound)
    shutil.copytree(straight.root / "早", sound, dirs_exist_ok=True)
    clerk = Clerk(office, sound)
    _first_week(clerk)
    _second_week(clerk)
    _third_week(clerk)
    _last_week(clerk)
    (office.root / "said.txt").write_text(
        "\n\n".join([*clerk.said.values(), *map(" ".join, clerk.problems)]), encoding="utf-8"
    )
    return clerk


def _first_week(clerk: Clerk) -> None:
    """Census workbooks come in: a total that is none, words in a figure, a wrong year's folder, a letter."""
    for year in (2023, 2024):
        for book in (clerk.sound / "census" / str(year) / COUNTY).iterdir():
            if year == 2023 or book.stem not in ("合成第四小学", "合成第五小学", "合成第六小学"):
                clerk.census(year, book.stem.removeprefix("合成"))
    clerk.census(2024, "第四小学", put("D12", "约3人"), sheet="教基1102续")
    clerk.census(2024, "第五小学", put("I6", 9999), sheet="教基3112")
    clerk.census(2024, "第六小学", folder=2023, name="第六小学新")
    (clerk.office.landing / "census" / "2024" / COUNTY / "关于报送的通知.docx").write_bytes(_letter())
    assert clerk.refreshes("01") == 3


def _second_week(clerk: Clerk) -> None:
    """He writes every template, fills it in, and makes the mistakes that people make."""
    for source in sources():
        if source not in ("published", "census"):
            written = clerk.office.run(
                "template",
                source,
                "--year",
                YEARS.get(source, 2024),
                "--county",
                COUNTY,
                "--target",
                clerk.office.root / "模板" / source,
            )
            assert (written.returncode, written.stderr) == (
                0,
                "",
            ) and f"填好后放入：{clerk.office.landing}/{source}/" in written.stdout
    clerk.census(2024, "第六小学")
    for title in (
        "县级教育经费与定额表",
        "经费2表 学校收入",
        "经费3表 一般公共预算教育支出",
        "经费7表 学校资产",
        "县级教职工编制核定表",
        "学校编制与岗位分配表",
        "教师交流轮岗台账",
        "县级入学与巩固情况表",
        "优质高中招生名额分配表",
        "教育集团成员表",
        "集团年度评价表",
        "集团活动登记表",
        "评估复核登记表",
        "一票否决事项登记表",
        "常住人口表",
        "社会认可度调查汇总表",
    ):
        clerk.fills(title)
    clerk.fills("学校公用经费预算表", in_column("公用经费预算总额", 1, lambda yuan: yuan / 10_000))
    clerk.fills("音乐美术专用教室登记表", in_column("学校标识码", 1, lambda code: f"{code[:-3]}97{code[-1]}"))
    clerk.fills("教师名册", in_column("人员编号", 1, lambda number: 6.4986019900101e17))
    clerk.fills("班级学生数登记表", merged("学生数"))
    clerk.fills("指标认定登记表", in_column("结论", 1, lambda answer: "基本可以"))
    clerk.fills("就近划片入学登记表", renamed("在校生数", "人数"))
    clerk.fills("义务教育质量监测结果表", year=2023)
    assert clerk.refreshes("08") == 3


def _third_week(clerk: Clerk) -> None:
    """He corrects: the census on the sheet in quarantine, every other table whole, some under another name."""
    (sheet,) = (clerk.office.root / "quarantine" / "2024" / COUNTY).glob("*_更正单.xlsx")
    book = openpyxl.load_workbook(sheet)
    columns = {cell.value: cell.column for cell in book.active[2]}
    for line in range(3, book.active.max_row + 1):
        school = book.active.cell(line, columns["学校名称"]).value
        own = openpyxl.load_workbook(clerk.sound / "census" / "2024" / COUNTY / f"{school}.xlsx")
        book.active.cell(line, columns["小学/在校生数"]).value = own["教基3112"]["I6"].value
        book.active.cell(line, columns["教基1102/县级以上骨干教师(小学)"]).value = own["教基1102续"]["D12"].value
    book.save(clerk.office.landing / "census" / "2024" / COUNTY / "更正.xlsx")
    clerk.fills("学校公用经费预算表")
    clerk.fills("音乐美术专用教室登记表", name="音乐美术专用教室登记表（改）")
    for title in ("教师名册", "班级学生数登记表", "指标认定登记表"):
        clerk.fills(title)
    clerk.fills("就近划片入学登记表", name="就近划片入学登记表第二次")
    clerk.fills("义务教育质量监测结果表")
    assert clerk.refreshes("15") == 0


def _last_week(clerk: Clerk) -> None:
    """A colleague sends an older table once more; it is withdrawn. The good one is sent again under another name: a
    duplicate.
    """
    clerk.fills("经费7表 学校资产", in_column("15网络多媒体教室间数", 1, lambda rooms: rooms * 2), name="旧表误发")
    assert clerk.refreshes("22") == 0
    done = clerk.office.run("withdraw", f"finance/2024/{COUNTY}/旧表误发.xlsx", "--reason", "误发了旧表")
    assert done.returncode == 0 and "已撤回" in done.stdout
    clerk.fills("教育集团成员表", name="教育集团成员表（重发）")
    assert clerk.refreshes("29") == 0


def _letter() -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            "<Types><Override "
            'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        )
        archive.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (
            "01",
            [
                "第四小学.xlsx 应为数字：“约3人”。只填数字，不要带单位或文字",
                "第五小学.xlsx “",
                "第六小学新.xlsx 【教基1001",
                "年份不对：文件内写的是 2024，文件夹是 2023，是不是把别的年份（如上年）的文件放进来了？",
                "关于报送的通知.docx 不是表格",
            ],
        ),
        (
            "08",
            [
                "学校公用经费预算表.xlsx “公用经费预算总额（元）”不像：每名学生合",
                "是不是把“万元”填成了“元”",
                "音乐美术专用教室登记表.xlsx 普查名单里没有这所学校：",
                "是不是 合成",
                "人员编号存成了数值",
                "合并单元格跨了几行",
                "“基本可以”不是“",
                "可填：是、否、优秀、良好、合格、不合格",
                "就近划片入学登记表.xlsx 【填报",
                "义务教育质量监测结果表.xlsx 【",
                "年份不对：文件内写的是 2023，文件夹是 2024",
            ],
        ),
    ],
)
def test_every_mistake_is_told_in_words_that_help(clerk: Clerk, day: str, words: list[str]):
    for expected in words:
        assert expected in clerk.told(day), (expected, clerk.told(day))


def test_no_message_has_a_word_of_the_program(clerk: Clerk):
    """Read aloud: Chinese, file names, folders of the landing convention, and nothing that only a programmer knows."""
    for day, path, message in clerk.problems:
        rest = re.sub(
            r"landing/\S+|junheng template \w+|\.(xlsx?|csv|docx?)\b|Excel|WPS|CSV|[A-Z]{1,3}\d+|" + re.escape(path),
            "",
            message,
        )
        assert not re.search(
            r"[a-z]{2,}_[a-z]|\b(null|none|nan|true|false|int|float|key|column|row)\b", rest, re.IGNORECASE
        ), (day, path, message)


def test_the_screen_of_every_night_is_in_one_language(clerk: Clerk):
    for day, screen in clerk.said.items():
        for line in screen.splitlines():
            rest = re.sub(
                r"\S*(/|\.xlsx|\.csv|\.docx|\.duckdb)\S*|JUNHENG_HOME=\S+|\.venv\S+"
                r"|(explain|progress|withdraw|template|check) \S+|--\w+|\b[0-9a-f]{12}\b|junheng",
                "",
                line,
            )
            assert not re.search(r"[A-Za-z]{4,}", rest), (day, line)


def test_at_the_end_nothing_is_refused_or_set_aside(clerk: Clerk):
    assert clerk.office.query("select path from marts.mart_file_outcome where is_open") == []
    assert clerk.office.query("select * from marts.mart_quarantine where severity = 'quarantine'") == []
    statuses = dict(
        clerk.office.query(
            "select path, max_by(status, receipt) from marts.mart_file_outcome where step <> 'receive' group by path"
        )
    )
    assert statuses[f"finance/2024/{COUNTY}/旧表误发.xlsx"] == "withdrawn"
    assert statuses[f"groups/2024/{COUNTY}/教育集团成员表（重发）.xlsx"] in ("duplicate", "in_force")
    assert statuses[f"census/2023/{COUNTY}/第六小学新.xlsx"] == "refused"  # on record for ever, healed


@pytest.mark.parametrize(
    "mart",
    [
        "mart_resource_allocation",
        "mart_resource_balance",
        "mart_school_compliance",
        "mart_government_assurance",
        "mart_education_quality",
        "mart_social_recognition",
        "mart_county_scorecard",
        "mart_finance",
        "dim_school_group",
    ],
)
def test_the_warehouse_says_what_it_says_without_a_mistake(clerk: Clerk, straight: Office, mart: str):
    """But for the names of files, which are his own."""
    own = ("evidence", "document", "file_name", "has_refused_correction")
    columns = [name for name, *_ in straight.query(f"describe marts.{mart}") if name not in own]
    sql = f"select {', '.join(columns)} from marts.{mart} where county_code = ? order by all"
    due, said = straight.query(sql, [COUNTY]), clerk.office.query(sql, [COUNTY])
    assert due and len(said) == len(due)
    for row, expected in zip(said, due, strict=True):
        # Sums over another order of rows differ in their last bit.
        assert row == tuple(pytest.approx(v, rel=1e-12) if isinstance(v, float) else v for v in expected)


def test_every_measure_has_a_chinese_name():
    assert all(re.search("[\u4e00-\u9fff]", zh) for zh, _ in measure_names().values())
