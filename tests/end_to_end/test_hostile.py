"""Files and folders meant to do harm: each is refused by itself, within bounds, and the rest is loaded."""

import csv
import hashlib
import io
import os
import resource
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import PROJECT, Office
from tests.factories import listing, school, workbook

_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


def changed(content: bytes, member: str, change: object) -> bytes:
    """Return a workbook with one member of its archive changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            text = source.read(name)
            archive.writestr(name, change(text) if name == member else text)
    return out.getvalue()


def far_corner(text: bytes) -> bytes:
    return text.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def laughing(text: bytes) -> bytes:
    return text.replace(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', _LAUGHS.encode()).replace(
        b"<t>", b"<t>&i;", 1
    )


def spying(text: bytes) -> bytes:
    header = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return text.replace(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', header).replace(
        b"<t>", b"<t>&e;", 1
    )


def lying(content: bytes) -> bytes:
    """Return an archive whose directory says that a member of 400 MB has 10 bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"x")
        archive.writestr("xl/workbook.xml", b"x")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 400_000_000)
    return out.getvalue().replace((400_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))


def wide_csv() -> bytes:
    header = ["学校名称", "学校标识码", "统计三级", *(f"栏{i}" for i in range(10_000))]
    return "\r\n".join(",".join(header if i == 0 else ["x"] * len(header)) for i in range(60)).encode("gb18030")


def costly_and_spying(landing: Path) -> dict[str, bytes]:
    """Deliver a sound county with one bad file, and a county of bad files alone; return these."""
    good = workbook(landing, 2024, school("649801", 1))
    other = workbook(landing, 2024, school("649801", 2)).read_bytes()
    folder = landing / "census" / "2024" / "649802"
    folder.mkdir(parents=True)
    # Beside sound files: nobody knows which school the refused one holds.
    (good.parent / "窥探.xlsx").write_bytes(changed(other, "xl/sharedStrings.xml", spying))
    hostile = {
        "一角.xlsx": changed(other, "xl/worksheets/sheet2.xml", far_corner),
        "大笑.xlsx": changed(other, "xl/sharedStrings.xml", laughing),
        "窥探.xlsx": changed(other, "xl/sharedStrings.xml", spying),
        "谎报.xlsx": lying(other),
        "一万栏.csv": wide_csv(),
        "全是逗号.csv": b"," * 20_000_000,
        "一行.csv": b"a,b\n" + b"x" * 30_000_000,
        "空字节.csv": b"\x00" * 5_000_000,
    }
    for name, content in hostile.items():
        (folder / name).write_bytes(content)
    return hostile


_NAMES = ["=HYPERLINK(1)", "+1+1", "@SUM(1)", "-2", "a;rm -rf x", "$(id)", "\u202egnp", "{0}%s[bold]"]


def links_and_deep_trees(landing: Path) -> None:
    place = workbook(landing, 2024, school("649804", 1)).parent
    (place / "外面.xlsx").symlink_to("/etc/passwd")
    (place / ".藏.xlsx").write_bytes(b"x")
    (place / "~$锁.xlsx").write_bytes(b"x")
    (landing / "census" / "2023").symlink_to(landing / "census" / "2024")
    (landing / "循环").symlink_to(landing)
    os.mkfifo(place / "管道.xlsx")
    deep = landing / "/".join(["深"] * 60)
    deep.mkdir(parents=True)
    (deep / "x.xlsx").write_bytes(b"x")
    for i in range(300):
        (landing / f"多{i}").mkdir()
        (landing / f"多{i}" / "y.csv").write_text("a,b")


@pytest.fixture(scope="module")
def hostile_night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, dict[str, bytes]]:
    """An office after a night over all of it, and the files that are to be refused."""
    # An interpreter of its own: its memory is measured.
    office = Office(tmp_path_factory.mktemp("hostile"), interpreter=sys.executable)
    hostile = costly_and_spying(office.landing)
    for i, name in enumerate(_NAMES, 1):
        workbook(office.landing, 2024, school("649803", i, all__school_name=name, primary__pupils=201), name=name)
    links_and_deep_trees(office.landing)
    night = office.refresh()
    assert night.returncode == 3, night.stderr
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2_500_000  # KiB: the largest process
    return office, hostile


def test_each_is_refused_by_itself_and_the_rest_is_loaded(hostile_night: tuple):
    office, hostile = hostile_night
    outcomes = dict(
        office.query(
            "select file_name, status from marts.mart_file_outcome where step = 'read' and county_code = '649802'"
        )
    )
    assert outcomes == dict.fromkeys(hostile, "refused")
    reasons = dict(
        office.query(
            "select file_name, reason from marts.mart_file_outcome where step = 'read' and county_code = '649802'"
        )
    )
    assert reasons["一角.xlsx"] == "too_costly"
    assert reasons["全是逗号.csv"] == "unreadable"  # wider than any sheet: not searched for headings
    assert "reader_failed" not in reasons.values(), reasons
    assert office.query(
        "select distinct is_incomplete, verdict, reason from marts.mart_resource_balance where county_code = '649801'"
    ) == [(True, "no_data", "refused")]
    assert not office.query("select 1 from marts.mart_lineage where raw_value like '%root:%'")
    assert office.query(
        "select count(*) from marts.mart_school_compliance where county_code = '649801' and verdict = 'pass'"
    ) == [(2,)]


@pytest.mark.parametrize(
    ("limit", "work", "code"),
    [("reading_seconds", "while True: pass", -signal.SIGPROF), ("reading_bytes", "bytearray(1 << 33)", 1)],
)
def test_a_reader_beyond_its_bounds_ends(limit: str, work: str, code: int):
    allowed = {"reading_seconds": 1, "reading_bytes": 1 << 30}[limit]
    program = (
        "from extract.bronze.bounds import reading_bounds\nfrom extract.definitions.conventions import "
        f"conventions\nconventions().limits[{limit!r}] = {allowed}\nwith reading_bounds():\n    {work}"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True).returncode == code


def test_what_a_process_has_mapped_before_does_not_count_against_a_file():
    """Else a good file is refused where the libraries' own memory comes near the bound."""
    program = (
        "import mmap\nheld = mmap.mmap(-1, 3 << 30)\nfrom extract.bronze.bounds import reading_bounds\n"
        "with reading_bounds():\n    import python_calamine\n    bytes(1 << 30)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_waits_for_itself_is_ended(tmp_path: Path):
    """A parser in a deadlock uses no processor time, so no bound of it ends it: its file is refused, the rest read."""
    office = Office(tmp_path / "home")
    (tmp_path / "sitecustomize.py").write_text(
        "import time\nimport extract.bronze.processes, extract.reading.parsed_file as reading\n"
        "extract.bronze.processes._CHECK_SECONDS, whole = 0.5, reading.open_grids\n"
        "reading.open_grids = lambda content: time.sleep(600) if b'deadlock' in content else whole(content)\n",
        encoding="utf-8",
    )
    listing(office.landing, 2024, [school("649805", 1)], name="一览.xlsx")
    stuck = office.landing / "census" / "2024" / "649806" / "卡住.csv"
    stuck.parent.mkdir(parents=True)
    stuck.write_text("deadlock", encoding="utf-8")
    done = office.run("refresh", settings={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 3, done.stdout + done.stderr
    assert office.query(
        "select distinct file_name, status, reason from marts.mart_file_outcome where county_code like '64980_' and "
        "status <> 'received' order by 1"
    ) == [("一览.xlsx", "in_force", None), ("卡住.csv", "refused", "too_costly")]


def test_names_that_a_spreadsheet_or_a_shell_would_run(hostile_night: tuple):
    office, _ = hostile_night
    with (office.root / "reports" / "problems.csv").open(encoding="utf-8-sig", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    (correction,) = (office.root / "quarantine").rglob("649803*.xlsx")
    book = openpyxl.load_workbook(correction)
    assert not [c for row in book.active.iter_rows() for c in row if c.data_type == "f"]
    assert {row[0].value for row in book.active.iter_rows(min_row=3)} == {*_NAMES}


def test_links_deep_trees_and_files_in_the_wrong_place(hostile_night: tuple):
    office, _ = hostile_night
    assert office.query(
        "select reason, count(*) from marts.mart_file_outcome where step = 'read' and status = 'refused' and "
        "county_code = '' group by 1"
    ) == [("misplaced", 301)]
    assert office.query("select count(*) from marts.mart_school_compliance where county_code = '649804'") == [(1,)]
    assert (
        "未读取（链接、隐藏文件或不是表格）：census/2023、census/2024/649804/.藏.xlsx、"
        "census/2024/649804/外面.xlsx、census/2024/649804/管道.xlsx、循环\n"
        in (office.root / "reports" / "summary.txt").read_text(encoding="utf-8")
    )
    outside = hashlib.sha256(Path("/etc/passwd").read_bytes()).hexdigest()
    assert not (office.root / "store" / "objects" / outside[:2] / outside).exists()
