"""Deliveries as offices really make them, and the verdict, reason and exit code each must lead to.

Every case has a county of its own. Cases that leave nothing refused share one office, whose nights must
end with exit code 0; the others share a second one, which must end with 3, and each of them must be
listed in its ``problems.csv``. Night by night, as people would: drop files, refresh, drop more, refresh.
"""

import csv
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest

from junheng.synthetic import Layout
from tests.conftest import Office
from tests.factories import listing, school, workbook

Drop = Callable[[Path, str], None]
Row = tuple[int, int, str, str]  # census year, school number, stage, indicator


@dataclass
class Case:
    """One line of the table: what is dropped before each night, and what must come of it."""

    name: str
    exit_code: int
    nights: list[Drop]
    rows: dict[Row, tuple[str | None, str | None]] = field(
        default_factory=dict
    )  # (verdict, reason); (None, None): no row
    values: dict[Row, float] = field(default_factory=dict)
    balance: dict[tuple[int, str, str], tuple[str, str | None]] = field(default_factory=dict)
    withdraw: str = ""  # path under census/ to withdraw before the second night


TEACHERS = "小学/专任教师/合计"
PASS, MISSING = ("pass", None), ("no_data", "not_reported")


def one(number: int = 1, **changes: object) -> Drop:
    return lambda landing, county: _drop(landing, county, number, **changes) and None


def _drop(
    landing: Path,
    county: str,
    number: int,
    kind: str = "小学",
    year: int = 2024,
    name: str | None = None,
    **changes: object,
) -> Path:
    return workbook(landing, year, school(county, number, kind, **changes), name)


def both(*drops: Drop) -> Drop:
    def drop(landing: Path, county: str) -> None:
        for each in drops:
            each(landing, county)

    return drop


def lists(year: int, *numbers: int, name: str = "一览导出.xlsx", **changes: object) -> Drop:
    return lambda landing, county: (
        listing(landing, year, [school(county, n, **(changes if n == numbers[-1] else {})) for n in numbers], name)
        and None
    )


def edited(change: Callable[[openpyxl.Workbook], None], number: int = 1, year: int = 2024, **changes: object) -> Drop:
    """Deliver a workbook after somebody changed it by hand."""

    def drop(landing: Path, county: str) -> None:
        path = _drop(landing, county, number, year=year, **changes)
        book = openpyxl.load_workbook(path)
        change(book)
        book.save(path)

    return drop


def cell(sheet: str, address: str, value: object) -> Callable[[openpyxl.Workbook], None]:
    return lambda book: book[sheet].__setitem__(address, value)


def cut(year: int = 2024, number: int = 1) -> Drop:
    def drop(landing: Path, county: str) -> None:
        path = _drop(landing, county, number, year=year)
        path.write_bytes(path.read_bytes()[:3000])

    return drop


def other_folder(landing: Path, county: str) -> None:
    workbook(landing, 2024, school("649799", 1), folder=county)


def last_year(landing: Path, county: str) -> None:
    workbook(landing, 2024, school(county, 1), said_year=2023)


def closed(landing: Path, county: str) -> None:
    path = landing / "school_changes" / "2023" / county / "变动.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"学校标识码,学校名称,变动类型,变动日期,并入学校标识码\n2{county}003,合成第3小学,撤销,2023-08-20,\n",
        encoding="gb18030",
    )


def answer(column: str, was: object, becomes: object, name: str = "更正单.xlsx") -> Drop:
    """The clerk opens the correction workbook, types another value and drops it back."""

    def drop(landing: Path, county: str) -> None:
        book = openpyxl.load_workbook(landing.parent / "quarantine" / "2024" / county / f"{county}_2024_更正单.xlsx")
        at = next(c.column for c in book.active[2] if c.value == column)
        assert book.active.cell(3, at).value == was
        book.active.cell(3, at).value = becomes.format(county=county) if isinstance(becomes, str) else becomes
        book.save(landing / "census" / "2024" / county / name)

    return drop


def twice(landing: Path, county: str) -> None:
    path = _drop(landing, county, 1)
    shutil.copyfile(path, path.with_name("副本.xlsx"))


def typed(book: openpyxl.Workbook) -> None:
    """Numbers as text: full width, thousands separators, blanks around."""
    book["教基3112"]["I6"] = "２００"
    book["教基5176"]["D7"] = " 1,400.00 "
    book["教基5170"]["C10"] = "１，２００"
    book["教基5176"]["D17"] = "5 "


def two_ids(landing: Path, county: str) -> None:
    listing(landing, 2024, [school(county, 1), school(county, 2), school(county, 3, all__school_id=f"2{county}002")])


def lists_of_nine(landing: Path, county: str) -> None:
    sizes = {"classes": 4, "classes_31_35": 0, "classes_41_45": 4}
    changes = {f"primary__{k}": v for k, v in {"pupils": 166, **sizes}.items()} | {
        f"junior__{k}": v for k, v in {"pupils": 210, **sizes, "classes": 5, "classes_41_45": 5}.items()
    }
    listing(
        landing,
        2024,
        [school(county, 1, "九年一贯制学校", **changes, all__teaching_area_m2=23226, all__indoor_sports_area_m2=0)],
    )


def two_sheets(landing: Path, county: str) -> None:
    path = listing(landing, 2024, [school(county, 1)])
    other = listing(landing, 2024, [school(county, 2)], "二.xlsx")
    book, second = openpyxl.load_workbook(path), openpyxl.load_workbook(other).active
    page = book.create_sheet("续")
    for row in second.iter_rows():
        for each in row:
            page[each.coordinate] = each.value
    for merged in second.merged_cells.ranges:
        page.merge_cells(str(merged))
    book.save(path)
    other.unlink()


def titled(landing: Path, county: str) -> None:
    """Two more lines above a one-line header, and a total of its own name."""
    path = listing(landing, 2024, [school(county, 1), school(county, 2)], "一览.csv")
    title, header, *rows = path.read_bytes().decode("gb18030").splitlines()
    rows[-1] = rows[-1].replace("合计", "全县合计", 1)
    path.write_bytes(
        "\n".join([title, "填报单位：教育局,2024年9月,单位：人、平方米,", header, *rows]).encode("gb18030")
    )


def old_name(landing: Path, county: str) -> None:
    """A name unpacked from a Chinese archive: GB18030 bytes on disk."""
    path = _drop(landing, county, 1)
    path.rename(path.with_name(os.fsdecode("合成第一小学.xlsx".encode("gb18030"))))


def take_away(landing: Path, county: str) -> None:
    (landing / "census" / "2024" / county / "合成第1小学.xlsx").unlink()


def no_column(landing: Path, county: str) -> None:
    path = listing(landing, 2024, [school(county, 1), school(county, 2)], "一览.csv")
    text = path.read_bytes().decode("gb18030").replace("网络多媒体教室", "多媒体")
    path.write_bytes(text.encode("utf-8-sig"))


def misplaced(landing: Path, county: str) -> None:
    _drop(landing, county, 1)
    _drop(landing, county, 2)
    shutil.move(landing / "census" / "2024" / county / "合成第2小学.xlsx", landing / f"{county}忘了放进文件夹.xlsx")


def pdf(landing: Path, county: str) -> None:
    _drop(landing, county, 1)
    (landing / "census" / "2024" / county / "说明.xlsx").write_bytes(b"%PDF-1.7 not a table")


def empty(landing: Path, county: str) -> None:
    _drop(landing, county, 1)
    (landing / "census" / "2024" / county / "空.xlsx").write_bytes(b"")


R2, R3, R4, R7 = (
    (2024, 1, "primary", "R2"),
    (2024, 1, "primary", "R3"),
    (2024, 1, "primary", "R4"),
    (2024, 1, "primary", "R7"),
)
GONE = (None, None)

CASES = [
    # Nothing refused: exit code 0 ------------------------------------------------------------------
    Case(
        "two schools, nothing wrong",
        0,
        [both(one(1), one(2))],
        {R2: PASS},
        {R2: 1.5, R4: 5.0, (2024, 1, "primary", "R5"): 8.0},
        {(2024, "primary", "R2"): PASS},
    ),
    Case("the same file twice", 0, [twice], {R2: PASS}),
    Case(
        "a newer workbook corrects", 0, [one(1), one(1, primary__backbone_teachers=1)], {R2: ("fail", None)}, {R2: 0.5}
    ),
    Case("an unchanged night", 0, [one(1), lambda landing, county: None], {R2: PASS}),
    Case(
        "a reported zero",
        0,
        [both(one(1, primary__backbone_teachers=0), one(2))],
        {R2: ("fail", None)},
        {R2: 0.0},
        {(2024, "primary", "R2"): ("fail", None)},
    ),
    Case(
        "a blank",
        0,
        [both(edited(cell("教基1102续", "D12", None)), one(2))],
        {R2: MISSING, R3: PASS},
        {},
        {(2024, "primary", "R2"): MISSING},
    ),
    Case("a dash for nothing", 0, [edited(cell("教基1102续", "D12", "—"))], {R2: MISSING}),
    Case("numbers typed as text", 0, [edited(typed)], {R2: PASS, R4: PASS, R7: PASS}, {R4: 5.0, R7: 2.5}),
    Case(
        "pupils reported as 0",
        0,
        [
            both(
                one(
                    1,
                    primary__pupils=0,
                    **{f"primary__pupils_grade_{g}": 0 for g in range(1, 7)},
                    primary__classes=0,
                    primary__classes_31_35=0,
                ),
                one(2),
            )
        ],
        {R2: ("not_applicable", "zero_denominator")},
        {},
        {(2024, "primary", "R2"): PASS},
    ),
    Case(
        "the expected stage's sheet is absent",
        0,
        [both(edited(lambda book: book.remove(book["教基3112"])), one(2))],
        {R2: MISSING},
        {},
        {(2024, "primary", "R2"): MISSING},
    ),
    Case(
        "senior pupils missing",
        0,
        [edited(lambda book: book.remove(book["教基3118"]), kind="完全中学", all__full_time_teachers=None)],
        {(2024, 1, "junior", "R1"): PASS, (2024, 1, "junior", "R4"): MISSING},
    ),
    Case("one school alone", 0, [one(1)], {R2: PASS}, {}, {(2024, "primary", "R2"): PASS}),
    Case(
        "a small point that stands alone",
        0,
        [
            both(
                one(1),
                one(
                    2,
                    kind="教学点",
                    primary__pupils=40,
                    **{f"primary__pupils_grade_{g}": n for g, n in zip(range(1, 7), (7, 7, 7, 7, 6, 6), strict=True)},
                    primary__classes=2,
                    primary__classes_25_or_fewer=2,
                    primary__classes_31_35=0,
                ),
            )
        ],
        {(2024, 2, "primary", "R2"): GONE},
        {},
        {(2024, "primary", "R2"): PASS},
    ),
    # 200 + 200 primary pupils, 3 + 3 backbone: 600 / 400 = 1.5. Areas (3600 − 600) + (1200 − 200) = 4000 m²,
    # the primary share is 400 / (400 + 1.1 × 200): 4000 × 400 / 620 / 400 = 4000 / 620
    Case(
        "a point folded under a combined school",
        0,
        [
            both(
                one(1, kind="九年一贯制学校"),
                lambda landing, county: (
                    _drop(
                        landing, county, 2, "教学点", all__counts_as_school="否", all__parent_school_id=f"2{county}001"
                    )
                    and None
                ),
            )
        ],
        {R2: PASS, (2024, 2, "primary", "R2"): GONE},
        {R2: 1.5, R4: 6.451612903225806},
    ),
    # 166 primary and 210 junior pupils share 23 226: 166 : 231, 9711.63 and 13514.37
    Case(
        "what a nine-year school owns is split",
        0,
        [lists_of_nine],
        {},
        {R4: 9711.627204030227 / 166, (2024, 1, "junior", "R4"): 13514.372795969773 / 210},
    ),
    Case(
        "a point whose parent is unknown",
        0,
        [both(one(1), one(2, kind="教学点", all__counts_as_school="否", all__parent_school_id="2999999999"))],
        {(2024, 2, "primary", "R2"): ("no_data", "unresolved_parent"), R2: PASS},
        {},
        {(2024, "primary", "R2"): ("no_data", "unresolved_parent")},
    ),
    Case(
        "a school gone from this year's list",
        0,
        [both(lists(2023, 1, 2, 3), lists(2024, 1, 2))],
        {(2024, 3, "primary", "R2"): ("no_data", "not_delivered"), (2023, 3, "primary", "R2"): PASS},
        {},
        {(2024, "primary", "R2"): ("no_data", "not_delivered")},
    ),
    Case(
        "a school gone, registered as closed",
        0,
        [both(lists(2023, 1, 2, 3), lists(2024, 1, 2), closed)],
        {(2024, 3, "primary", "R2"): GONE},
        {},
        {(2024, "primary", "R2"): PASS},
    ),
    Case(
        "a school gone from a newer list of the year",
        0,
        [lists(2024, 1, 2, 3), lists(2024, 1, 2, name="更新.xlsx")],
        {(2024, 3, "primary", "R2"): ("no_data", "not_delivered")},
    ),
    Case(
        "a school's workbook has not come",
        0,
        [both(one(1, year=2023), one(2, year=2023), one(1))],
        {(2024, 2, "primary", "R2"): ("no_data", "not_delivered")},
        {},
        {(2024, "primary", "R2"): ("no_data", "not_delivered")},
    ),
    Case(
        "a withdrawn workbook",
        0,
        [both(one(1, year=2023), one(1), one(2)), lambda landing, county: None],
        {R2: ("no_data", "not_delivered"), (2024, 2, "primary", "R2"): PASS},
        withdraw="合成第1小学.xlsx",
    ),
    Case(
        "workbook and list say the same",
        0,
        [both(one(1), lists(2024, 1, 2))],
        {R2: PASS, (2024, 2, "primary", "R2"): PASS},
    ),
    Case(
        "shuffled, shifted, with sheets and columns added",
        0,
        [lambda landing, county: workbook(landing, 2024, school(county, 1), layout=Layout(True, 3, True, 2)) and None],
        {R2: PASS, R4: PASS},
        {R4: 5.0},
    ),
    Case(
        "set aside, corrected, handed back",
        0,
        [one(1, primary__pupils=201), answer("小学/在校生数", 201, 200)],
        {R2: PASS},
        {R2: 1.5},
    ),
    Case(
        "cut short, then mended in its place",
        0,
        [both(cut(), one(2)), one(1)],
        {R2: PASS},
        {},
        {(2024, "primary", "R2"): PASS},
    ),
    Case(
        "refused, then mended under another name",
        0,
        [edited(lambda book: book.remove(book["教基5170"])), one(1, name="重报")],
        {R2: PASS},
        {},
        {(2024, "primary", "R2"): PASS},
    ),
    Case(
        "a correction that was wrong, corrected",
        0,
        [
            one(1, primary__full_time_teachers=13, all__full_time_teachers=None),
            answer(TEACHERS, 13, 14),
            answer(TEACHERS, 14, 12, "第二次更正.xlsx"),
        ],
        {R2: PASS},
        {R2: 1.5},
    ),
    Case(
        "a lost digit, corrected by the row's own workbook",
        0,
        [lists(2024, 1, 2, all__school_id="649000002"), answer("学校标识码", "649000002", "2{county}002")],
        {(2024, 2, "primary", "R2"): PASS},
        {},
        {(2024, "primary", "R2"): PASS},
    ),
    Case(
        "a contradiction that a newer workbook settles",
        0,
        [one(1), lists(2024, 2, 1, primary__backbone_teachers=1), one(1, primary__backbone_teachers=1)],
        {R2: ("fail", None)},
        {R2: 0.5},
    ),
    Case("the school year written with a dash", 0, [edited(cell("教基1001", "D2", "2024—2025学年初"))], {R2: PASS}),
    Case("another date above the school year", 0, [edited(cell("教基1001", "D1", "有效期至：2026年8月"))], {R2: PASS}),
    Case(
        "more title lines and a total by another name",
        0,
        [titled],
        {R2: PASS, (2024, 2, "primary", "R2"): PASS},
        {},
        {(2024, "primary", "R2"): PASS},
    ),
    Case("a file name in GB18030", 0, [old_name], {R2: PASS}),
    Case(
        "a name that looks like markup",
        0,
        [one(1, name="合成第1小学", all__school_name="=合成[/东]小学", primary__backbone_teachers=1)],
        {R2: ("fail", None)},
    ),
    Case(
        "withdrawn, taken away, delivered again",
        0,
        [one(1), take_away, one(1)],
        {R2: PASS},
        withdraw="合成第1小学.xlsx",
    ),
    # Something refused or set aside: exit code 3 ----------------------------------------------------
    Case(
        "two differing workbooks in the first night",
        3,
        [both(one(1), one(1, name="另一份", primary__backbone_teachers=1))],
        {R2: ("no_data", "refused")},
        {},
        {(2024, "primary", "R2"): ("no_data", "refused")},
    ),
    Case(
        "two differing corrections in one night",
        3,
        [
            one(1),
            both(one(1, name="改一", primary__backbone_teachers=1), one(1, name="改二", primary__backbone_teachers=2)),
        ],
        {R2: PASS},
        {R2: 1.5},
    ),
    Case(
        "a correction that is refused",
        3,
        [one(1), edited(lambda book: book.remove(book["教基5170"]), primary__backbone_teachers=1)],
        {R2: PASS},
        {R2: 1.5},
    ),
    Case(
        "a first workbook cut short",
        3,
        [both(cut(), one(2))],
        {(2024, 2, "primary", "R2"): PASS, R2: GONE},
        {},
        {(2024, "primary", "R2"): ("no_data", "refused")},
    ),
    Case("this year's workbook cut short", 3, [both(one(1, year=2023), cut())], {R2: ("no_data", "not_delivered")}),
    Case(
        "last year's file under this year's folder",
        3,
        [both(last_year, one(2))],
        {R2: ("no_data", "refused"), (2024, 2, "primary", "R2"): PASS},
    ),
    Case(
        "another county's file",
        3,
        [both(other_folder, one(2))],
        {R2: GONE, (2024, 2, "primary", "R2"): PASS},
        {},
        {(2024, "primary", "R2"): PASS},
    ),
    Case(
        "total differs from its grades",
        3,
        [both(one(1, primary__pupils=201), one(2))],
        {R2: ("no_data", "quarantined")},
        {},
        {(2024, "primary", "R2"): ("no_data", "quarantined")},
    ),
    Case(
        "words where a number belongs",
        3,
        [edited(cell("教基1102续", "D12", "三人"))],
        {R2: ("no_data", "quarantined"), R3: PASS},
    ),
    Case("a negative number", 3, [edited(cell("教基5176", "D17", -5))], {R7: ("no_data", "quarantined"), R2: PASS}),
    Case("half a person", 3, [edited(cell("教基1102续", "D12", 2.5))], {R2: ("no_data", "quarantined")}),
    Case(
        "an error value",
        3,
        [edited(lambda book: book["教基5176"]["D17"].__setattr__("value", "#DIV/0!"))],
        {R7: ("no_data", "quarantined")},
    ),
    Case(
        "a formula without a stored result",
        3,
        [edited(cell("教基5176", "D17", "=2+3"))],
        {R7: ("no_data", "quarantined")},
    ),
    Case(
        "a code that lost its leading digit",
        3,
        [both(lists(2023, 1, 2), lists(2024, 1, 2, all__school_id="649000002"))],
        {(2024, 2, "primary", "R2"): ("no_data", "quarantined"), R2: PASS},
    ),
    Case("one code twice in a list", 3, [two_ids], {(2024, 2, "primary", "R2"): ("no_data", "quarantined"), R2: PASS}),
    Case(
        "pupils in a stage the school has not",
        3,
        [lists(2024, 1, 2, junior__pupils=50)],
        {(2024, 2, "primary", "R2"): PASS, (2024, 2, "junior", "R2"): GONE},
    ),
    Case(
        "a list without a column",
        3,
        [no_column],
        {R2: ("no_data", "refused")},
        {},
        {(2024, "primary", "R2"): ("no_data", "refused")},
    ),
    Case(
        "a list that contradicts the workbook",
        3,
        [both(one(1)), lists(2024, 2, 1, primary__backbone_teachers=1)],
        {R2: PASS, (2024, 2, "primary", "R2"): PASS},
        {R2: 1.5},
    ),
    Case(
        "backbone teachers more than teachers",
        3,
        [one(1, primary__backbone_teachers=13)],
        {R2: ("no_data", "quarantined"), R4: PASS},
    ),
    Case(
        "an unknown school type",
        3,
        [both(one(2), edited(cell("教基1001", "C8", "大学堂")))],
        {R2: GONE, (2024, 2, "primary", "R2"): PASS},
    ),
    Case(
        "an impossible figure",
        3,
        [edited(cell("教基5176", "D19", 1e20))],
        {(2024, 1, "primary", "R6"): ("no_data", "quarantined"), R2: PASS},
    ),
    Case("a code typed as a year", 3, [edited(cell("教基1001", "C13", 2649601001))], {R2: PASS}),
    Case("a list over two sheets", 3, [two_sheets], {R2: GONE}, {}, {(2024, "primary", "R2"): ("no_data", "refused")}),
    Case(
        "an unknown school type in a list",
        3,
        [lists(2024, 1, 2, all__school_type="大学堂")],
        {R2: PASS, (2024, 2, "primary", "R2"): GONE},
        {},
        {(2024, "primary", "R2"): ("no_data", "quarantined")},
    ),
    Case(
        "a workbook that counts the school otherwise than the list",
        3,
        [lists(2024, 1, 2), one(2, all__counts_as_school="否", all__parent_school_id="2649700001")],
        {(2024, 2, "primary", "R2"): PASS},
        {},
        {(2024, "primary", "R2"): PASS},
    ),
    Case("a PDF named .xlsx", 3, [pdf], {R2: PASS}, {}, {(2024, "primary", "R2"): PASS}),
    Case("an empty file", 3, [empty], {R2: PASS}, {}, {(2024, "primary", "R2"): ("no_data", "refused")}),
    Case("a file outside every folder", 3, [misplaced], {R2: PASS}),
]
NIGHTS = max(len(case.nights) for case in CASES)
COUNTIES = {case.name: f"6497{i:02d}" for i, case in enumerate(CASES)}


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Office]:
    """Two offices after all their nights."""
    made = {}
    for exit_code in (0, 3):
        office = Office(tmp_path_factory.mktemp(f"exit{exit_code}"))
        cases = [case for case in CASES if case.exit_code == exit_code]
        for night in range(NIGHTS):
            for case in cases:
                if night < len(case.nights):
                    case.nights[night](office.landing, COUNTIES[case.name])
            withdrawn = [f"census/2024/{COUNTIES[case.name]}/{case.withdraw}" for case in cases if case.withdraw]
            if night == 1 and withdrawn:
                done = office.run("withdraw", *withdrawn, "--reason", "误报")
                assert done.returncode == 0, done.stdout + done.stderr
            done = office.refresh()
            # What is corrected in the end is set aside or refused at first, as it must be.
            assert done.returncode == (exit_code if night == NIGHTS - 1 else 3), done.stdout + done.stderr
        made[exit_code] = office
    return made


def test_the_table_is_long_enough():
    assert len(CASES) >= 20
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_delivery(case: Case, offices: dict[int, Office]):
    office, county = offices[case.exit_code], COUNTIES[case.name]
    found = {
        (year, int(school_id[-3:]), stage, indicator): (verdict, reason, value)
        for year, school_id, stage, indicator, verdict, reason, value in office.query(
            "select census_year, school_id, stage, indicator_code, verdict, reason, value from "
            "marts.mart_resource_allocation where county_code = ?",
            [county],
        )
    }
    for row, expected in case.rows.items():
        assert found.get(row, (None, None, None))[:2] == expected, row
    for row, value in case.values.items():
        assert found[row][2] == pytest.approx(value, rel=1e-9), row
    for (year, stage, indicator), expected in case.balance.items():
        balance = office.query(
            "select verdict, reason from marts.mart_resource_balance where county_code = ? and census_year = ? "
            "and stage = ? and indicator_code = ?",
            [county, year, stage, indicator],
        )
        assert balance == [expected]
    with (office.root / "reports" / "problems.csv").open(encoding="utf-8-sig") as lines:
        serious = [
            row
            for row in csv.DictReader(lines)
            if not row["级别"].startswith("提醒") and (row["县区代码"] == county or county in row["文件"])
        ]
    assert bool(serious) == (case.exit_code == 3), serious
    assert all(row["问题"] for row in serious)


def test_a_refused_correction_is_flagged(offices: dict[int, Office]):
    county = COUNTIES["a correction that is refused"]
    assert offices[3].query(
        "select has_refused_correction from marts.mart_school_compliance where county_code = ?", [county]
    ) == [(True,)]
    assert offices[0].query("select count(*) from marts.mart_school_compliance where has_refused_correction") == [(0,)]


def test_rows_are_conserved_whatever_was_delivered(offices: dict[int, Office]):
    for office in offices.values():
        assert office.query(
            "select count(*) from marts.mart_file_outcome where rows_in <> rows_loaded + rows_quarantined + "
            "rows_non_data"
        ) == [(0,)]
        assert office.query("select count(*) > 20 from marts.mart_file_outcome where rows_loaded > 0") == [(True,)]


def test_a_single_school_is_marked(offices: dict[int, Office]):
    county = COUNTIES["one school alone"]
    assert offices[0].query(
        "select distinct is_single_school, cv from marts.mart_resource_balance where county_code = ? and stage = "
        "'primary' and census_year = 2024",
        [county],
    ) == [(True, 0.0)]
