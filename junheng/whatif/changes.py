"""Changes to a county's figures, as people write them: one line each, in the order in which they are made."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import duckdb

from extract.common.seeds import seed
from extract.common.sql import quote_text, quote_texts
from publish import words
from publish.changeable import FIGURES, MOST_COUNTED, ROOM_MEASURES
from publish.language import say

# What a change does, by the words that people may write.
KINDS = {
    "set": ("改为", "set"),
    "add": ("增减", "add"),
    "move": ("调往", "move"),
    "merge": ("并入", "merge"),
}
COLUMNS = {
    "kind": ("改法", "change"),
    "school_id": ("学校标识码", "school_id"),
    "stage": ("学段", "stage"),
    "measure": ("数据项", "measure"),
    "value": ("数值", "value"),
    "to_school_id": ("到学校", "to_school_id"),
}
_WHOLE_SCHOOL = ("全校", "whole school", "all", "")
Cell = tuple[str, str, str]  # school, stage, measure


@dataclass(frozen=True)
class Change:
    """One change of a figure; ``move`` takes from a school what it gives another, ``merge`` counts one with another."""

    kind: str
    school_id: str
    stage: str = "all"
    measure: str = ""
    value: float = 0.0
    to_school_id: str = ""


@dataclass
class Figures:
    """The figures of a county's schools in one census, before and after changes."""

    cells: dict[Cell, float | None]  # what each school reports, and None where it does not
    schools: dict[str, str]  # code → name
    stages: dict[str, set[str]]  # code → its stages
    counted_with: dict[str, str]  # school or point → the school it is counted with: itself, or its parent
    folded: dict[str, str]  # of these, the ones that a change counts with another

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, county: str, year: int) -> "Figures":
        """Return a county's figures as the published warehouse has them."""
        here = [county, year]
        figures = FIGURES.replace("$HERE", f"county_code = {quote_text(county)}").replace("$YEARS", quote_texts([year]))
        cells = connection.execute(f"select school_id, stage, measure, value from ({figures})").fetchall()
        names = connection.execute(
            "select school_id, school_name from intermediate.int_school_roster where county_code = ? and "
            "census_year = ? and missing_reason is null",
            here,
        ).fetchall()
        members = connection.execute(
            "select member_school_id, school_id from intermediate.int_school_members where county_code = ? and "
            "census_year = ?",
            here,
        ).fetchall()
        stages: dict[str, set[str]] = {}
        for school, stage, measure, _ in cells:
            if measure == "pupils":
                stages.setdefault(school, set()).add(stage)
        return cls({tuple(c[:3]): c[3] for c in cells}, dict(names), stages, dict(members), {})

    def apply(self, changes: list[Change]) -> None:
        """Make the changes, in order.

        Raises:
            ValueError: one of them can't be made; says which line, why, and what would be right.
        """
        for number, change in enumerate(changes, 1):
            try:
                self._make(change)
            except ValueError as error:
                raise ValueError(say(f"第 {number} 条：{error}", f"Change {number}: {error}")) from None

    def _make(self, change: Change) -> None:
        self._require_school(change.school_id)
        if change.kind == "merge":
            self._merge(change)
            return
        cell = (change.school_id, change.stage, change.measure)
        if change.kind == "set":
            self._put(cell, change.value)
        elif change.kind == "add":
            self._put(cell, self._known(cell) + change.value)
        else:
            self._require_school(change.to_school_id)
            to = (change.to_school_id, change.stage, change.measure)
            if change.value < 0:
                raise ValueError(say("调动的数量不能是负数。", "What is moved can't be negative."))
            received = self._known(to) + change.value  # else nothing is taken
            self._put(cell, self._known(cell) - change.value)
            self._put(to, received)

    def _merge(self, change: Change) -> None:
        self._require_school(change.to_school_id)
        into, own = change.to_school_id, change.school_id
        if into == own or self.counted_with.get(into) != into:
            raise ValueError(
                say(
                    "要并入的应是另一所独立计校数的学校。",
                    "A school is merged into another one, which counts as a school by itself.",
                )
            )
        if lacking := self.stages.get(own, set()) - self.stages.get(into, set()):
            raise ValueError(
                say(
                    f"{self.schools[into]}没有{'、'.join(words.stage(s) for s in sorted(lacking))}，不能并入。",
                    f"{self.schools[into]} has no {', '.join(sorted(lacking))} stage.",
                )
            )
        for member, school in self.counted_with.items():  # its points go along
            if own in (member, school):
                self.counted_with[member] = self.folded[member] = into

    def _require_school(self, code: str) -> None:
        if code not in self.schools:
            near = get_close_matches(code, self.schools, 1, 0.7)
            hint = (
                say(f"，是不是 {near[0]} {self.schools[near[0]]}？", f"; {near[0]} {self.schools[near[0]]}?")
                if near
                else ""
            )
            raise ValueError(
                say(
                    f"本县这一年没有学校 {code or '（空）'}{hint}",
                    f"no school {code!r} with figures in this census{hint}",
                )
            )

    def _known(self, cell: Cell) -> float:
        self._require_cell(cell)
        value = self.cells[cell]
        if value is None:
            raise ValueError(
                say("这个数原来没有填报，只能用“改为”。", "this figure is not reported: it can only be set.")
            )
        return value

    def _put(self, cell: Cell, value: float) -> None:
        self._require_cell(cell)
        if value < 0:
            raise ValueError(
                say(
                    f"{self.schools[cell[0]]}的{measure_name(cell[2])}会成为 {value:g}，不能小于 0。",
                    f"{measure_name(cell[2])} of {self.schools[cell[0]]} would be {value:g}: under 0.",
                )
            )
        if is_counted(cell) and (value % 1 or value > MOST_COUNTED):
            raise ValueError(
                say(
                    f"{measure_name(cell[2])}应为不大于 {MOST_COUNTED} 的整数，不是 {value:g}。",
                    f"{measure_name(cell[2])}: a whole number of at most {MOST_COUNTED}, not {value:g}.",
                )
            )
        self.cells[cell] = value

    def _require_cell(self, cell: Cell) -> None:
        if cell not in self.cells:
            school, stage, measure = cell
            stages = sorted(s for c, s, m in self.cells if c == school and m == measure)
            right = (
                say("，学段应为 ", "; its stage: ") + say("、", ", ").join(map(stage_name, stages)) if stages else ""
            )
            raise ValueError(
                say(
                    f"{self.schools[school]}没有“{stage_name(stage)} {measure_name(measure)}”这一项{right}",
                    f"{self.schools[school]} has no {measure_name(measure)}, {stage_name(stage)}{right}",
                )
            )


def class_sizes() -> list[str]:
    """Return the measures that count a stage's classes by size."""
    return [row["measure"] for row in seed("class_bins")]


def is_counted(cell: Cell) -> bool:
    """Return whether a figure counts classes of a size, or rooms."""
    return cell[2] in ROOM_MEASURES or cell[2] in class_sizes()


def stage_name(stage: str) -> str:
    """Return a stage in words: 小学, 全校."""
    return words.stage(stage) or say("全校", "whole school")


def measure_name(measure: str) -> str:
    """Return a measure in words."""
    known = _measures().get(measure)
    return say(*known) if known else measure


def _measures() -> dict[str, tuple[str, str]]:
    return {row["measure"]: (row["name_zh"], row["name_en"]) for row in seed("measures")}


def read(file: Path) -> list[Change]:
    """Return the changes of a CSV file.

    Args:
        file: UTF-8 or GB18030; a heading as ``COLUMNS`` has it, in Chinese or English.

    Raises:
        ValueError: it can't be read; says which line and column, what was found and what is right.
    """
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    lines = csv.DictReader(io.StringIO(text, newline=""))
    headings = {_column(heading): heading for heading in lines.fieldnames or []}
    if missing := [say(*COLUMNS[c]) for c in ("kind", "school_id") if c not in headings]:
        right, lacking = (say("、", ", ").join(names) for names in ([say(*n) for n in COLUMNS.values()], missing))
        raise ValueError(
            say(
                f"{file.name} 第 1 行应有这些列：{right}；没有 {lacking}。",
                f"{file.name}, line 1: columns {right}; {lacking} missing.",
            )
        )
    changes = []
    for number, line in enumerate(lines, 2):
        said = {column: (line.get(heading) or "").strip() for column, heading in headings.items() if column}
        if not any(said.values()):
            continue
        try:
            changes.append(_change(said))
        except ValueError as error:
            raise ValueError(
                say(f"{file.name} 第 {number} 行：{error}", f"{file.name}, line {number}: {error}")
            ) from None
    return changes


def _column(heading: str) -> str:
    return next((c for c, names in COLUMNS.items() if heading.strip() in (*names, c)), "")


def _change(said: dict[str, str]) -> Change:
    kind = _meant(said["kind"], {k: (k, *names) for k, names in KINDS.items()}, say("改法", "change"))
    school, to = said["school_id"], said.get("to_school_id", "")
    if kind == "merge":
        return Change(kind, school, to_school_id=to)
    stages = {code: (code, *names) for code, names in words.STAGES.items() if names[0]} | {"all": _WHOLE_SCHOOL}
    stage = _meant(said.get("stage", ""), stages, say("学段", "stage"))
    measures = {code: (code, *names) for code, names in _measures().items()}
    measure = _meant(said.get("measure", ""), measures, say("数据项", "measure"))
    text = said.get("value", "").replace(",", "")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e12:
        raise ValueError(say(f"数值应为数字，不是“{text}”。", f"value: a number, not {text!r}."))
    return Change(kind, school, stage, measure, value, to)


def _meant(text: str, known: Mapping[str, tuple[str, ...]], what: str) -> str:
    for code, names in known.items():
        if text in names:
            return code
    near = get_close_matches(text, [name for names in known.values() for name in names], 3, 0.4)
    hint = say("，是不是：", "; meant: ") + say("、", ", ").join(near) if near else ""
    raise ValueError(say(f"{what}“{text}”不认识{hint}", f"{what} {text!r} is unknown{hint}"))
