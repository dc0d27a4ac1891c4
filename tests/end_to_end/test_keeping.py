"""A home kept for years: a backup put into an empty home publishes the same marts; registers of persons go in time."""

import hashlib
import json
import shutil
import signal
import stat
import tarfile
from pathlib import Path

import pytest

from tests.conftest import SOAK, Office, copy_of
from tests.end_to_end.first_night import DAY, PLAIN
from tests.end_to_end.test_faults import night
from tests.factories import school, table, workbook

LATER = "2028-01-01"  # more than two years after the first night
_REGISTERS = ("hr_teachers", "hr_exchange", "survey_answers")


def contents(office: Office, forms: tuple[str, ...]) -> set[str]:
    """Return the hashes of the delivered contents that were read as one of these forms."""
    rows = office.query(
        "select distinct file_sha256 from marts.mart_file_outcome where step = 'read' and list_contains(?, form)",
        [list(forms)],
    )
    return {sha for (sha,) in rows}


def objects(office: Office) -> set[str]:
    return {path.name for path in (office.root / "store" / "objects").glob("??/*")}


def marts(office: Office) -> dict[str, list[tuple]]:
    """Return the rows of the marts and the history, without when a run was made."""
    rows = office.marts()
    return {name: rows[name] for name in rows if name != "mart_check_result"}


def test_a_backup_restored_on_an_empty_machine_publishes_the_same(night_office: Office, kept: Path, tmp_path: Path):
    before = night_office.marts()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = tmp_path / "again.tar"
    assert night_office.run("backup", again).returncode == 0
    assert again.read_bytes() == kept.read_bytes()
    shutil.rmtree(night_office.root)

    empty = Office(tmp_path / "empty machine")
    done = empty.run("restore", kept)
    assert done.returncode == 0, done.stderr
    assert empty.refresh("--as-of", DAY).returncode in (0, 3)
    assert empty.marts() == before
    # What comes later goes on from it, and a second restoration overwrites nothing.
    assert empty.run("restore", kept).returncode == 2
    assert empty.marts() == before


@pytest.fixture(scope="module")
def kept(first_night: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the office after its first night."""
    folder = tmp_path_factory.mktemp("kept")
    done = copy_of(first_night, folder / "home").run("backup", folder / "kept.tar")
    assert done.returncode == 0 and "并核对" in done.stdout, done.stderr
    return folder / "kept.tar"


@pytest.mark.parametrize("damage", ["cut", "changed", "outside", "no backup"])
def test_a_damaged_backup_restores_nothing(kept: Path, tmp_path: Path, damage: str):
    bad = tmp_path / "bad.tar"
    if damage == "cut":
        bad.write_bytes(kept.read_bytes()[: kept.stat().st_size // 2])
    elif damage == "changed":
        content = kept.read_bytes()
        bad.write_bytes(content.replace(b'"received"', b'"RECEIVED"', 1))
    elif damage == "outside":
        shutil.copy(kept, bad)
        (tmp_path / "evil").write_text("x")
        with tarfile.open(bad, "a") as archive:
            archive.add(tmp_path / "evil", "store/../../evil")
    else:
        bad.write_text("no archive")
    empty = Office(tmp_path / "empty")
    done = empty.run("restore", bad)
    assert done.returncode == 1 and "不是完好的备份" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert [path for path in empty.root.rglob("*") if path.is_file() and path.parent.name != "logs"] == []


def test_registers_of_persons_go_after_their_time_and_no_figure_changes(night_office: Office):
    teacher = {
        "school_id": f"2{PLAIN}001",
        "school_name": "合成第1小学",
        "is_full_time": "是",
        "has_certificate": "是",
        "is_eligible_for_exchange": "是",
        "is_backbone": "否",
        "years_of_service": 10,
        "training_hours": 360,
    }
    file = table(night_office.landing, "hr_teachers", 2024, PLAIN, [{"person": f"P{n}", **teacher} for n in range(3)])
    assert night_office.refresh("--as-of", "2025-07-02").returncode in (0, 3)
    registers, others = contents(night_office, _REGISTERS), contents(night_office, ("census_workbook", "room_register"))
    assert len(registers) > 1 and others
    whole, before = objects(night_office), marts(night_office)
    assert registers < whole

    assert night_office.refresh("--as-of", "2027-06-01").returncode in (0, 3)  # not yet two years
    assert objects(night_office) == whole
    done = night_office.refresh("--as-of", LATER)
    assert done.returncode in (0, 3) and f"已删除 {len(whole - objects(night_office))} 份人员名册" in done.stdout
    gone = whole - objects(night_office)
    assert registers <= gone and not gone & others
    assert marts(night_office) == before
    # The ledger still knows them; a record says when they went.
    ledger = (night_office.root / "store" / "ledger.jsonl").read_text(encoding="utf-8")
    assert all(sha in ledger for sha in gone)
    lines = [json.loads(line) for line in (night_office.root / "store" / "expired.jsonl").read_text().splitlines()]
    assert {line["file_sha256"] for line in lines} == gone and {line["expired_at"][:10] for line in lines} == {LATER}

    # What was read and built is lost: everything is made again from what is left, and is the same.
    for folder in ("bronze", "build"):
        shutil.rmtree(night_office.root / folder)
    assert night_office.refresh("--as-of", LATER).returncode in (0, 3)
    assert marts(night_office) == before
    # The same file dropped once more is kept again.
    shutil.copy(file, file.with_name("又一份.xlsx"))
    assert night_office.refresh("--as-of", LATER).returncode in (0, 3)
    assert hashlib.sha256(file.read_bytes()).hexdigest() in objects(night_office)


def test_registers_stay_where_the_office_says_so(night_office: Office, monkeypatch: pytest.MonkeyPatch):
    whole = objects(night_office)
    monkeypatch.setenv("JUNHENG_PERSONS_KEPT_DAYS", "0")
    assert night_office.refresh("--as-of", LATER).returncode in (0, 3)
    assert objects(night_office) == whole
    monkeypatch.setenv("JUNHENG_PERSONS_KEPT_DAYS", "30")
    assert night_office.refresh("--as-of", "2025-07-15").returncode in (0, 3)
    assert objects(night_office) == whole
    assert night_office.refresh("--as-of", "2025-08-15").returncode in (0, 3)
    assert objects(night_office) < whole


# Where the deletion of a register can be cut off: what was read of it kept, the record begun, the content still there.
_CUTS = ("before rename store/read/SHA", "after open store/expired.jsonl", "before remove store/objects/XX/SHA")


def test_a_night_killed_while_it_deletes_is_mended_by_the_next(
    office: Office, tmp_path_factory: pytest.TempPathFactory
):
    workbook(office.landing, 2024, school(PLAIN, 1))
    person = {"school_id": f"2{PLAIN}001", "school_name": "合成第1小学", "is_full_time": "是", "years_of_service": 10}
    table(office.landing, "hr_teachers", 2024, PLAIN, [{"person": f"P{n}", **person} for n in range(3)])
    assert office.refresh("--as-of", "2025-07-02").returncode in (0, 3)
    (register,) = contents(office, _REGISTERS)
    before = marts(office)
    for cut in _CUTS if SOAK else _CUTS[1:2]:
        home = copy_of(office, tmp_path_factory.mktemp("cut") / "home")
        killed = night(home, LATER, FAULT_AT=cut)
        output = killed.communicate()[0]
        assert killed.returncode == -signal.SIGKILL, (cut, output)
        assert register in objects(home), cut
        done = home.refresh("--as-of", LATER)
        assert done.returncode in (0, 3) and "已删除 1 份人员名册" in done.stdout, (cut, done.stdout)
        assert register not in objects(home) and marts(home) == before
        lines = (home.root / "store" / "expired.jsonl").read_text(encoding="utf-8").splitlines()
        assert {json.loads(line)["file_sha256"] for line in lines} == {register}
        assert not list((home.root / "store" / "read").glob(".*"))
