"""Small pieces of extraction on made-up material: numbers, headers, readers, the ledger."""

import io
import math
import os
import random
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.common.place import create
from extract.common.spreadsheet import cell_address, column_letter, harmless
from extract.common.text import label
from extract.landing.ledger import Event, Ledger, withdraw
from extract.landing.scan import receive
from extract.reading.header import header_paths
from extract.reading.numbers import to_numbers
from extract.reading.readers import Grid, open_grids
from extract.refusal import Refused
from junheng.synthetic import County, Layout, write_county
from tests.factories import school, workbook


@pytest.mark.parametrize(
    ("cell", "number", "problem"),
    [
        (5.0, 5, None),
        (0.0, 0, None),
        ("12", 12, None),
        ("１２．５", 12.5, None),
        ("1,234,567.5", 1234567.5, None),
        ("1，234", 1234, None),
        (" 7 ", 7, None),
        ("-3", -3, None),
        ("1e3", 1000, None),
        (None, None, None),
        ("", None, None),
        ("—", None, None),
        ("／", None, None),
        ("无", None, None),
        ("空", None, None),
        ("－", None, None),
        ("三", None, "not_a_number"),
        ("12人", None, "not_a_number"),
        ("1,23", None, "not_a_number"),
        ("12/5", None, "not_a_number"),
        ("nan", None, "not_a_number"),
        ("inf", None, "not_a_number"),
        (True, None, "not_a_number"),
        (math.nan, None, "not_a_number"),
        ("1.2.3", None, "not_a_number"),
    ],
)
def test_numbers_as_people_write_them(cell: object, number: float | None, problem: str | None):
    # Beside a text, so that the column is not all numbers.
    table = to_numbers([cell, "1"]).slice(0, 1)
    assert table["number"].to_pylist() == [number]
    assert table["problem"].to_pylist() == [problem]


@given(
    st.lists(
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.text(), st.booleans()), max_size=30
    )
)
def test_every_cell_is_a_number_a_blank_or_a_problem(cells: list):
    table = to_numbers(cells)
    for cell, number, raw, problem in zip(
        cells, *(table[c].to_pylist() for c in ("number", "raw_text", "problem")), strict=True
    ):
        assert not (number is not None and problem), cell
        if isinstance(cell, float):
            assert number == cell
        if problem:
            assert raw


def test_labels_forget_width_and_blanks():
    assert label("\u3000其中：运动场地面积 ") == label("其中:运动场地面积")
    assert label(5.0) == "5"
    assert label("a\u200b\u202eb") == "ab"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_a_spreadsheet_would_run_is_guarded(sign: str):
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"
    assert harmless(f"1{sign}1") == f"1{sign}1" and harmless(-1) == -1


def test_addresses():
    assert [column_letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert cell_address(5, 8) == "I6"


BOXES = [["box", "colour", "", "", "size", ""], ["", "red", "blue", "", "", ""], ["", "", "light", "dark", "", ""]]


def test_header_paths_with_and_without_merged_cells():
    merged = Grid(
        "boxes", BOXES, [((0, 0), (2, 0)), ((0, 1), (0, 3)), ((1, 1), (2, 1)), ((1, 2), (1, 3)), ((0, 4), (2, 4))]
    )
    expected = ["box", "colour/red", "colour/blue/light", "colour/blue/dark", "size", ""]
    assert header_paths(merged, range(3)) == expected
    assert header_paths(Grid("boxes", BOXES), range(3)) == expected


def test_a_heading_with_nothing_below_is_a_column_of_its_own():
    grid = Grid("shoes", [["", "pairs", "", "note", ""], ["shoe", "left", "right", "", "both"]])
    assert header_paths(grid, range(2)) == ["shoe", "pairs/left", "pairs/right", "note", "pairs/both"]


def zipped(name: str, content: bytes, *more: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        for empty in more:
            archive.writestr(empty, b"")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"  \n ", "empty_file"),
        (b"%PDF-1.7", "not_a_table"),
        (zipped("word/document.xml", b"x"), "not_a_table"),
        (b"PK\x03\x04broken", "unreadable"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "saved_as_web_page"),
        (b"just words", "unknown_content"),
        (b"a,b\n\xff\xff\xff,1", "unknown_encoding"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "not_a_table"),
        (zipped("xl/workbook.xml", b"0" * 600_000_000, "[Content_Types].xml"), "too_large"),
        (bytes(range(256)), "unknown_content"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_that_are_no_tables_are_refused_by_name(content: bytes, code: str):
    with pytest.raises(Refused) as refused:
        open_grids(content)
    assert refused.value.findings[0].code == code


def test_errors_and_bare_formulas_are_not_blanks():
    book = openpyxl.Workbook()
    book.active.append([1, "=1+1", "#DIV/0!"])  # openpyxl writes no result beside a formula
    book.active["C1"].data_type = "e"
    out = io.BytesIO()
    book.save(out)
    (grid,) = open_grids(out.getvalue())
    assert grid.problems == {(0, 1): "formula_without_value", (0, 2): "error_value"}


def test_a_workbook_of_before_2021_is_refused_with_the_way_on(tmp_path):
    from extract.reading.parsed_file import read_file

    path = workbook(tmp_path, 2024, school("649506", 1), said_year=2024)
    (finding,) = read_file(path.read_bytes(), "census", 2020, b"").findings
    assert (finding.code, finding.found) == ("no_form_for_year", "2020")


def test_the_ledger_survives_a_torn_last_line(tmp_path):
    ledger = Ledger(tmp_path)
    event = Event(
        1,
        1,
        "2025-01-01T00:00:00+00:00",
        "received",
        "census/2024/640104/a.xlsx",
        "census",
        2024,
        "640104",
        "a" * 64,
        5,
    )
    ledger.append([event])
    with ledger.path.open("ab") as torn:
        torn.write(b'[{"seq": 2, "bat')
    assert ledger.events() == [event]
    ledger.append([event])
    assert ledger.events() == [event, event]


def test_receipts_are_by_content_and_place(tmp_path):
    landing, store = tmp_path / "landing", tmp_path / "store"
    path = workbook(landing, 2024, school("649501", 1))
    first = [e for e in receive(landing, store, "2025-01-01") if e.source == "census"]
    assert [(e.year, e.county_code, e.event) for e in first] == [(2024, "649501", "received")]
    assert receive(landing, store, "2025-01-02") == []
    path.rename(path.with_name("另名.xlsx"))
    assert [e.file_sha256 for e in receive(landing, store, "2025-01-03")] == [first[0].file_sha256]
    (gone,) = {e.file_sha256 for e in withdraw(store, [first[0].path], "2025-01-04", "误报")}
    assert gone == first[0].file_sha256
    with pytest.raises(LookupError):
        withdraw(store, ["census/2024/649501/没有.xlsx"], "2025-01-05", "")


def test_hidden_and_lock_files_and_links_are_not_deliveries(tmp_path):
    landing = tmp_path / "landing"
    path = workbook(landing, 2024, school("649502", 1))
    (path.parent / "~$合成第1小学.xlsx").write_bytes(b"x")
    (path.parent / ".DS_Store").write_bytes(b"x")
    (path.parent / "link.xlsx").symlink_to("/etc/passwd")
    received = [e.path for e in receive(landing, tmp_path / "store", "2025-01-01") if not e.path.startswith("shipped:")]
    assert received == ["census/2024/649502/合成第1小学.xlsx"]


def test_the_generator_repeats_itself_byte_for_byte(tmp_path):
    for name in ("a", "b"):
        write_county(tmp_path / name, County("649503", 5, "workbook"), [2022, 2023], 7)
        write_county(tmp_path / name, County("649504", 5, "list"), [2022], 7, dirt=1.0)
    a, b = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in sorted((tmp_path / n).rglob("*.xlsx"))}
        for n in ("a", "b")
    )
    assert a == b and len(a) == 11
    assert all("合成" in p.name for p in a)


def test_layout_does_not_change_a_figure(tmp_path):
    from extract.reading.parsed_file import read_file

    def figures(layout: Layout) -> set[tuple]:
        path = workbook(tmp_path, 2024, school("649505", 1, "九年一贯制学校"), layout=layout)
        reading = read_file(path.read_bytes(), "census", 2024, b"")
        assert reading.findings == []
        cells = reading.parsed.columns
        return {(name, *values.to_pylist()) for name, values in cells.items()}

    plain = figures(Layout())
    rng = random.Random(3)
    for _ in range(12):
        assert figures(Layout(rng.random() < 0.5, rng.randint(0, 4), rng.random() < 0.7, rng.randint(0, 5))) == plain


def test_what_a_cell_calls_no_number_is_none(tmp_path):
    from extract.reading.parsed_file import read_file
    from tests.end_to_end.test_hostile import changed

    content = workbook(tmp_path, 2024, school("649506", 1, all__land_area_m2=765432)).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if b"<v>765432</v>" in archive.read(name)]
    for name in sheets:
        content = changed(content, name, lambda text: text.replace(b"<v>765432</v>", b"<v>NaN</v>"))
    parsed = read_file(content, "census", 2024, b"").parsed
    assert sheets and parsed.columns["all.land_area_m2"].to_pylist() == [None]
    assert [issue[3:] for issue in parsed.cell_issues if issue[2] == "land_area_m2"] == [("NaN", "not_a_number")]


def test_withdrawing_takes_a_misplaced_file_out():
    from extract.deliveries.rules import settle

    lost = Event(1, 1, "2025-01-01", "received", "散落.xlsx", "", 0, "", "a" * 64, 5)
    gone = Event(2, 2, "2025-01-02", "withdrawn", "散落.xlsx", "", 0, "", "a" * 64, 5, "误放")
    assert [o.status for o in settle([lost], {}, None).outcomes] == ["refused"]
    assert [o.status for o in settle([lost, gone], {}, None).outcomes] == ["withdrawn"]


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("2024/2025学年初", 2024),
        ("2024—2025学年初", 2024),
        ("2024～2025学年", 2024),
        ("范例区2024年基础教育学校统计数据导出", 2024),
        ("有效期至：2026年8月", None),
        ("2024学年", 2024),
    ],
)
def test_the_census_year_is_the_autumn_that_a_title_states(title: str, year: int | None):
    from extract.reading.parsed_file import stated_year

    assert stated_year([["有效期至：2030年8月", title]])[0] == year


@pytest.mark.parametrize("below", [["", "", "合计", "40"], ["", "填表人：", "", ""]])
def test_a_total_or_signature_right_below_the_header_is_not_part_of_it(below: list[str]):
    from extract.definitions.forms import load_form
    from extract.reading.list_layout import find_tables, key_columns

    header = ["学校名称", "学校标识码", "统计三级", "网络多媒体教室"]
    ((_, lines, paths),) = find_tables(
        key_columns(load_form("census_list", 2024)), [Grid("s", [["标题"], header, below])]
    )
    assert (lines, paths) == (range(1, 2), header)


def test_a_header_line_may_begin_with_a_column_named_total():
    from extract.definitions.forms import load_form
    from extract.reading.list_layout import find_tables, key_columns

    cells = [
        ["学校名称", "学校标识码", "小学", ""],
        ["", "", "班数", ""],
        ["", "", "合计", "26-30人"],
        ["甲校", "2649700001", "6", "6"],
    ]
    ((_, lines, paths),) = find_tables(key_columns(load_form("census_list", 2024)), [Grid("s", cells)])
    assert (lines, paths[2:]) == (range(3), ["小学/班数/合计", "小学/班数/26-30人"])


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"\xff\xfe", b"\xff\xfe\n\0"])
def test_a_file_of_nothing_but_its_encodings_mark_is_empty(content: bytes):
    with pytest.raises(Refused) as refused:
        open_grids(content)
    assert [finding.code for finding in refused.value.findings] == ["empty_file"]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_made_once_is_its_owners_and_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
):
    def no_links(*_: object) -> None:
        raise OSError("no links here")

    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
    target = tmp_path / "store" / "person.key"
    create(target, b"first")
    with pytest.raises(FileExistsError):
        create(target, b"second")
    assert target.read_bytes() == b"first" and target.stat().st_mode & 0o077 == 0
    assert [path.name for path in target.parent.iterdir()] == ["person.key"]
