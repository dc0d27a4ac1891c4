"""Refusals end by themselves once what they asked for has come, and hold back no more than they must."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Office
from tests.factories import listing, school, table, workbook

A, B, C, D, E, F, G = (f"64987{n}" for n in range(1, 8))


def broken(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PK\x03\x04 cut short")
    return path


def folder(office: Office, county: str, source: str = "census", year: int = 2024) -> Path:
    return office.landing / source / str(year) / county


def list_of(office: Office, county: str, numbers: tuple[int, ...] = (1, 2), year: int = 2024) -> None:
    listing(office.landing, year, [school(county, n) for n in numbers], name=f"一览{year}.xlsx")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A night in which every county has something refused."""
    office = Office(tmp_path_factory.mktemp("heal"))
    for county in (A, G):
        list_of(office, county, year=2023)
    # A: everybody has come, beside a file that nobody can read; a paper and a picture that are no tables at all.
    list_of(office, A)
    broken(folder(office, A) / "不明.xlsx")
    (folder(office, A) / "通知.docx").write_bytes(b"%PDF-1.7 not even a document")
    (folder(office, A) / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 thumbnails")
    # B: the same, but nobody knows whom to expect.
    list_of(office, B)
    broken(folder(office, B) / "不明.xlsx")
    # C: last year's workbook in this year's folder.
    workbook(office.landing, 2023, school(C, 1), name="一小")
    shutil.move(folder(office, C, year=2023) / "一小.xlsx", folder(office, C).parent / "x.xlsx")
    folder(office, C).mkdir(parents=True)
    shutil.move(folder(office, C).parent / "x.xlsx", folder(office, C) / "一小.xlsx")
    # D: dropped one folder too high.
    workbook(office.landing, 2024, school(D, 1), name="二小")
    shutil.move(folder(office, D) / "二小.xlsx", office.landing / "census" / "2024" / f"{D}二小.xlsx")
    # E: a register that nobody can read.
    list_of(office, E)
    broken(folder(office, E, "rooms") / "坏了.xlsx")
    # F: a paper among the attestations.
    list_of(office, F)
    folder(office, F, "attestation", 2025).mkdir(parents=True)
    (folder(office, F, "attestation", 2025) / "说明.docx").write_bytes(b"%PDF-1.7")
    table(
        office.landing,
        "attestations",
        2025,
        F,
        [{"attested_indicator": "G1", "attested_answer": "是", "evidence": "合成认定书", "attested_on": "2025-03-01"}],
    )
    # G: one of two schools has sent a file that nobody can read.
    workbook(office.landing, 2024, school(G, 1))
    broken(folder(office, G) / "合成第2小学.xlsx")
    done = office.refresh("--as-of", "2025-01-10")
    assert done.returncode == 3, done.stdout + done.stderr
    return office


@pytest.fixture(scope="module")
def second(first: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The next night: each does what the message asked for."""
    root = tmp_path_factory.mktemp("healed")
    shutil.copytree(first.root, root, symlinks=True, dirs_exist_ok=True)
    office = Office(root)
    assert office.run("withdraw", f"census/2024/{B}/不明.xlsx", "--reason", "误放").returncode == 0
    folder(office, C, year=2023).mkdir(parents=True, exist_ok=True)
    shutil.copy(folder(office, C) / "一小.xlsx", folder(office, C, year=2023) / "一小.xlsx")
    folder(office, D).mkdir(parents=True, exist_ok=True)
    shutil.copy(office.landing / "census" / "2024" / f"{D}二小.xlsx", folder(office, D) / "二小.xlsx")
    table(
        office.landing,
        "room_register",
        2024,
        E,
        [
            {
                "school_id": f"2{E}001",
                "school_name": "合成第1小学",
                "room_name": "音乐室",
                "room_kind": "音乐专用教室",
                "room_area_m2": 100,
            }
        ],
    )
    workbook(office.landing, 2024, school(G, 2), name="重新导出")
    done = office.refresh("--as-of", "2025-01-11")
    assert done.returncode in (0, 3), done.stdout + done.stderr
    return office


def still_open(office: Office, county: str) -> list[tuple]:
    return office.query(
        "select distinct file_name, reason, source, year from marts.mart_file_outcome where is_open and "
        "county_code = ? order by 1",
        [county],
    )


def blocked(office: Office, county: str, year: int = 2024) -> bool:
    return office.query(
        "select bool_or(is_incomplete) from marts.mart_resource_balance where county_code = ? and census_year = ? "
        "and stage = 'primary'",
        [county, year],
    )[0][0]


def test_a_file_nobody_can_read_holds_nothing_back_once_everybody_has_come(first: Office):
    assert still_open(first, A) == [("不明.xlsx", "unreadable", "census", 2024)]
    assert not blocked(first, A)
    assert blocked(first, B)  # nobody knows whom to expect
    assert blocked(first, G)


def test_what_is_no_table_is_passed_over(first: Office):
    rows = first.query(
        "select file_name, reason, is_open, message_zh from marts.mart_file_outcome where county_code in (?, ?) "
        "and reason = 'not_a_table' order by 1",
        [A, F],
    )
    assert [row[:3] for row in rows] == [("说明.docx", "not_a_table", False), ("通知.docx", "not_a_table", False)]
    assert all("不影响任何结论" in zh for *_, zh in rows)
    summary = (first.root / "reports" / "summary.txt").read_text(encoding="utf-8")
    assert "未读取" in summary and f"census/2024/{A}/通知.docx" in summary and "Thumbs.db" not in summary
    assert "略过" in (first.root / "reports" / "problems.csv").read_text(encoding="utf-8-sig")
    assert first.query(
        "select verdict, reason from marts.mart_government_assurance where county_code = ? and assessment_year = "
        "2025 and indicator_code = 'G1'",
        [F],
    ) == [("pass", None)]


def test_every_refusal_says_what_it_blocks_and_what_cures_it(first: Office):
    rows = first.query(
        "select county_code, file_name, message_zh, message_en from marts.mart_file_outcome where is_open and "
        "step = 'read'"
    )
    assert len(rows) == 6
    for *where, zh, en in rows:
        assert "处理办法：" in zh and "影响：" in zh and "It blocks:" in en, where
    said = {(county, name): zh for county, name, zh, _ in rows}
    assert "应报的学校全部到齐" in said[A, "不明.xlsx"] and "用到这张表的指标" in said[E, "坏了.xlsx"]


def test_a_misplaced_file_stands_with_its_county_and_year(first: Office):
    assert still_open(first, D) == [(f"{D}二小.xlsx", "misplaced", "census", 2024)]
    ((zh,),) = first.query(
        "select message_zh from marts.mart_file_outcome where county_code = ? and step = 'read'", [D]
    )
    assert f"landing/census/2024/{D}/" in zh
    assert not first.query("select 1 from marts.mart_resource_balance where county_code = ?", [D])


@pytest.mark.parametrize(
    ("county", "left"),
    [(B, []), (C, []), (D, []), (E, []), (G, [("合成第2小学.xlsx", "unreadable", "census", 2024)])],
    ids=["withdrawn", "moved to its year", "moved down", "sent again under another name", "the school has come"],
)
def test_refusals_end_by_themselves(second: Office, county: str, left: list):
    assert still_open(second, county) == left
    if county != C:
        assert not blocked(second, county)
