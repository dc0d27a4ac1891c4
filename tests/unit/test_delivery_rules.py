"""Which delivery counts, as a table: receipts batch by batch, and what becomes of each."""

from dataclasses import dataclass

import pytest

from extract.deliveries.rules import Content, settle
from extract.landing.ledger import Event

COUNTY = "649401"
A, B = f"2{COUNTY}001", f"2{COUNTY}002"


@dataclass(frozen=True)
class File:
    """A file as this table needs it: its form, its bytes' name, and a figure for each of its schools."""

    form: str
    sha: str
    figures: tuple[tuple[str, int], ...]
    corrects: str = ""
    event: str = "received"


def workbook(sha: str, school: str, figure: int) -> File:
    return File("census_workbook", sha, ((school, figure),))


def listing(sha: str, **figures: int) -> File:
    return File("census_list", sha, tuple((f"2{COUNTY}{name[1:]}", figure) for name, figure in figures.items()))


def correction(sha: str, school: str, figure: int, corrects: str) -> File:
    return File("census_correction", sha, ((school, figure),), corrects)


def register(sha: str, figure: int, form: str = "room_register") -> File:
    return File(form, sha, ((A, figure),))


def gone(file: File, event: str = "withdrawn") -> File:
    return File(file.form, file.sha, file.figures, file.corrects, event)


class Figures:
    """What the figures of the files say, as the bronze tables would."""

    def __init__(self, files: list[File]):
        self._files = {file.sha: file for file in files}

    def same_figures(self, source: str, one: str, other: str) -> bool:
        return sorted(self._files[one].figures) == sorted(self._files[other].figures)

    def difference(self, one: str, other: str, school_id: str) -> str | None:
        mine, theirs = dict(self._files[one].figures), dict(self._files[other].figures)
        differ = school_id in mine and school_id in theirs and mine[school_id] != theirs[school_id]
        return f"{school_id} {mine.get(school_id)} ≠ {theirs.get(school_id)}" if differ else None

    def schools(self, file_sha256: str) -> set[str]:
        return {school for school, _ in self._files[file_sha256].figures}

    def corrected_files(self, file_sha256: str) -> dict[str, str]:
        file = self._files[file_sha256]
        return {school: file.corrects for school, _ in file.figures} if file.corrects else {}


def settled(batches: list[list[File]], source: str = "census") -> tuple[list[str], dict[tuple[str, str], str]]:
    """Return what became of each receipt, and (file, school) → why another delivery is used for the school."""
    events, seq = [], 0
    for number, batch in enumerate(batches, 1):
        for file in batch:
            seq += 1
            path = f"{source}/2024/{COUNTY}/{file.sha}.xlsx"
            at = f"2025-01-{number:02d}"
            events.append(Event(seq, number, at, file.event, path, source, 2024, COUNTY, file.sha, 1))
    files = [file for batch in batches for file in batch]
    contents = {
        (source, 2024, file.sha): Content(
            file.form, (), file.figures[0][0] if file.form == "census_workbook" else None, COUNTY, ()
        )
        for file in files
    }
    settlement = settle(events, contents, Figures(files))
    aside = {(sha, school): reason for (_, _, sha, school), reason in settlement.superseded_schools.items()}
    return [outcome.status for outcome in settlement.outcomes], aside


_OLD, _NEW = workbook("old", A, 1), workbook("new", A, 2)
_LIST = listing("list", s001=1, s002=5)
_CASES = {
    "a newer workbook replaces its school's": ([[_OLD], [_NEW]], ["replaced", "in_force"]),
    "another school's workbook replaces nothing": ([[_OLD], [workbook("b", B, 2)]], ["in_force", "in_force"]),
    "the same bytes again are a duplicate": ([[_OLD], [_OLD]], ["in_force", "duplicate"]),
    "the same bytes twice in a batch are one": ([[_OLD, _OLD]], ["in_force", "duplicate"]),
    "an old content that comes back is a duplicate": ([[_OLD], [_NEW], [_OLD]], ["replaced", "in_force", "duplicate"]),
    "two that differ in one batch are both refused": ([[_OLD, _NEW]], ["refused", "refused"]),
    "and the last accepted stays": (
        [[workbook("first", A, 9)], [_OLD, _NEW]],
        ["in_force", "refused", "refused"],
    ),
    "two that say the same are one": ([[_OLD, workbook("copy", A, 1)]], ["in_force", "duplicate"]),
    "a newer list replaces the county's": ([[_LIST], [listing("later", s001=1)]], ["replaced", "in_force"]),
    "a workbook that agrees with the list is used for its school": ([[_LIST], [_OLD]], ["in_force", "in_force"]),
    "a later workbook that contradicts the list is refused": ([[_LIST], [_NEW]], ["in_force", "refused"]),
    "in one batch the list's school is set aside too": ([[_LIST, _NEW]], ["in_force", "refused"]),
    "a correction is used for its school": (
        [[_OLD], [correction("fix", A, 3, "old")]],
        ["replaced", "in_force"],
    ),
    "a newer workbook ends the correction of the older": (
        [[_OLD], [correction("fix", A, 3, "old")], [_NEW]],
        ["replaced", "replaced", "in_force"],
    ),
    "withdrawn counts no more": ([[_OLD], [gone(_OLD)]], ["withdrawn"]),
    "and what it had replaced counts again": ([[_OLD], [_NEW], [gone(_NEW)]], ["in_force", "withdrawn"]),
    "restored counts again": ([[_OLD], [gone(_OLD)], [gone(_OLD, "restored")]], ["in_force"]),
}


@pytest.mark.parametrize("case", _CASES)
def test_what_becomes_of_census_files(case: str):
    batches, statuses = _CASES[case]
    assert settled(batches)[0] == statuses


def test_schools_for_which_another_delivery_is_used():
    assert settled([[_LIST], [_OLD]])[1] == {("list", A): "replaced"}
    contradicted = settled([[_OLD], [listing("list", s001=2, s002=5)]])
    assert contradicted == (["in_force", "in_force"], {("list", A): f"{A} 2 ≠ 1"})
    agreed = settled([[_OLD], [listing("list", s001=2)], [workbook("agrees", A, 2)]])
    assert agreed == (["replaced", "in_force", "in_force"], {("list", A): "replaced"})
    assert settled([[_LIST], [correction("fix", B, 6, "list")]])[1] == {("list", B): "replaced"}


_ROOMS, _MORE = register("one", 1), register("two", 2)
_LISTS = {
    "a newer file replaces the older of its form": ([[_ROOMS], [_MORE]], ["replaced", "in_force"]),
    "two that differ in one batch are both refused": ([[_ROOMS, _MORE]], ["refused", "refused"]),
    "two that say the same are one": ([[_ROOMS, register("copy", 1)]], ["in_force", "duplicate"]),
    "another form of the source replaces nothing": (
        [[register("posts", 1, "hr_posts")], [register("county", 2, "hr_county")]],
        ["in_force", "in_force"],
    ),
}


@pytest.mark.parametrize("case", _LISTS)
def test_what_becomes_of_files_of_other_sources(case: str):
    batches, statuses = _LISTS[case]
    assert settled(batches, "hr")[0] == statuses


def test_files_of_a_cumulative_source_all_stay():
    assert settled([[_ROOMS], [_MORE], [_ROOMS]], "school_changes")[0] == ["in_force", "in_force", "duplicate"]
