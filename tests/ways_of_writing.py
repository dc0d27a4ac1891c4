"""The ways in which people and programs write the same table: what must change nothing, and what must cost a cell its
value.
"""

import csv
import datetime as dt
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import openpyxl
import xlwt

from extract.definitions.forms import Field, Form, load_form, sources
from extract.definitions.vocabulary import measure_kinds, spellings

Place = tuple[int, str]  # row of the table, measure
TITLE, HEADER = 0, 1


@dataclass
class Table:
    """A form filled in: one column per measure, rows of values, and how the file departs from a plain one."""

    declared: Form
    columns: list[Field]
    rows: list[list]
    below: list[list] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # first row, column, last row, column, of the table
    header: list[str] = field(default_factory=list)
    between: int | None = None  # a header printed again before this row
    plain: list[list] = field(default_factory=list)  # the rows as they were

    def lines(self) -> list[list]:
        """Return all lines of the sheet."""
        rows = [list(row) for row in self.rows]
        if self.between is not None:
            rows.insert(self.between, list(self.header))
        return [[f"合成县 {self.declared.title_zh}"], self.header, *rows, *self.below]

    def kind(self, column: int) -> str:
        return measure_kinds()[self.columns[column].measure]


def sound(name: str, year: int) -> Table:
    """Return three rows of a form, every column filled."""
    declared = load_form(name, year)
    columns = list({f.figure: f for f in declared.fields if f.measure}.values())
    rows = [[_value(f, i, declared) for f in columns] for i in range(3)]
    return Table(declared, columns, rows, header=[f.column for f in columns], plain=[list(row) for row in rows])


def _value(declared: Field, i: int, of: Form) -> object:
    kind = measure_kinds()[declared.measure]
    if kind == "word":
        return next(iter(spellings()[declared.measure].values()))
    if declared.measure == "county_name":
        return "合成县"
    if kind == "count" and declared.measure in ("year_built", "goal_year", "base_year"):
        return 2000.0
    return {
        "count": 1230.0 + i,
        "amount": 1234.5 + i,
        "number": 2.5 + i,
        "text": f"合成{i}号",
        "code": f"2649901{i + 1:03d}",
        "date": f"2025-03-0{i + 1}",
        "person": f"64990119900101{i + 1:03d}X",
    }[kind]


def list_forms(year: int) -> Iterator[str]:
    """Return every form that is filled in line by line."""
    for names in sources().values():
        for name in names:
            declared = load_form(name, year)
            if declared and declared.layout == "list" and name != "census_correction":
                yield name


# ---- what must change nothing -------------------------------------------------------------------------------------


def _each(table: Table, kinds: tuple[str, ...], change: Callable[[object], object]) -> None:
    for line, row in enumerate(table.rows):
        for column, value in enumerate(row):
            # What one way has written anew, another leaves alone.
            if table.kind(column) in kinds and value is not None and value == table.plain[line][column]:
                row[column] = change(value)


def numbers_as_text(table: Table, rng: random.Random) -> None:
    _each(
        table,
        ("count", "amount", "number"),
        lambda v: rng.choice(
            [
                f"{v:g}",
                f" {v:,.6g} ",
                f"{v:.7g}".translate(str.maketrans("0123456789.", "０１２３４５６７８９．")),
                f"{v:,.6g}".replace(",", " "),
                f"'{v:g}",
                f'="{v:g}"',
                f"{v:g}_x000D_\n",
            ]
        ),
    )


def codes_as_numbers(table: Table, rng: random.Random) -> None:
    _each(table, ("code",), lambda v: rng.choice([float(v), f"{v}.0"]))


def codes_guarded(table: Table, rng: random.Random) -> None:
    _each(table, ("code", "date", "person"), lambda v: rng.choice([f"'{v}", f'="{v}"', f" {v}\u200b", f"{v}\n"]))


def blanks_in_words(table: Table, rng: random.Random) -> None:
    _each(
        table,
        ("word",),
        lambda v: rng.choice([f" {v}　", f"{v[:1]} {v[1:]}", f"{v[:1]}\n{v[1:]}", f"{v}_x000D_", f"'{v}"]),
    )


def blanks_in_headings(table: Table, rng: random.Random) -> None:
    table.header = [
        rng.choice([f" {h}", f"{h[:2]}\n{h[2:]}", f"{h[:2]}_x000D_\n{h[2:]}", f"{h[:2]}　{h[2:]}"])
        for h in table.header
    ]


def dates_in_other_words(table: Table, rng: random.Random) -> None:
    def other(value: str) -> object:
        day = dt.date.fromisoformat(value)
        y, m, d = day.year, day.month, day.day
        return rng.choice(
            [
                f"{y}.{m}.{d}",
                f"{y}年{m}月{d}日",
                f"{y}/{m}/{d} 0:00:00",
                f"{y}-{m:02d}-{d:02d}T00:00:00",
                f"{y}. {m}. {d}",
                f"{y}{m:02d}{d:02d}",
                f"{y}/{m}/{d} 上午12:00",
            ]
        )

    _each(table, ("date",), other)


def counts_with_noise(table: Table, rng: random.Random) -> None:
    _each(table, ("count",), lambda v: v * (1 + 2e-16 * rng.choice([-1, 1, 2])) if v else v)


def notes_below(table: Table, rng: random.Random) -> None:
    choices = [
        "合计（3所）",
        "总　计：",
        "其中：乡村",
        "本页小计",
        "平均",
        "数据来源：合成",
        "1.本表不含教学点。",
        "打印时间：2025-10-01",
        "第1页 共1页",
        "说明 截至2025年9月1日",
        "※为民办学校",
        "填表说明：略",
        "填表人：　审核人：",
    ]
    table.below = [[text] for text in rng.sample(choices, 5)]


def header_again(table: Table, rng: random.Random) -> None:
    table.between = 2


def words_merged(table: Table, rng: random.Random) -> None:
    columns = [c for c in range(len(table.columns)) if table.kind(c) == "word"]
    if columns:
        column = rng.choice(columns)
        table.rows[1][column] = None
        table.merges.append((0, column, 1, column))


HARMLESS = (
    numbers_as_text,
    codes_as_numbers,
    codes_guarded,
    blanks_in_words,
    blanks_in_headings,
    dates_in_other_words,
    counts_with_noise,
    notes_below,
    header_again,
    words_merged,
)
ONLY_IN_WORKBOOKS = ("words_merged", "merged", "error")


# ---- what must cost a cell its value, and it alone ----------------------------------------------------------------


def _one(table: Table, kinds: tuple[str, ...], rng: random.Random) -> Place | None:
    places = [(row, column) for row in range(3) for column in range(len(table.columns)) if table.kind(column) in kinds]
    return rng.choice(places) if places else None


def _replace(
    kinds: tuple[str, ...], values: Callable[[object, random.Random], object], problem: str
) -> Callable[[Table, random.Random], dict]:
    def change(table: Table, rng: random.Random) -> dict[tuple[int, int], str]:
        place = _one(table, kinds, rng)
        if place is None:
            return {}
        row, column = place
        table.rows[row][column] = values(table.rows[row][column], rng)
        return {place: problem}

    return change


def merged(table: Table, rng: random.Random) -> dict[tuple[int, int], str]:
    place = _one(table, ("count", "amount", "number", "code", "date", "person"), rng)
    if place is None:
        return {}
    column = place[1]
    table.rows[1][column] = None
    table.merges.append((0, column, 1, column))
    return {(0, column): "merged_cell", (1, column): "merged_cell"}


def two_figures_in_one(value: float, rng: random.Random) -> str:
    return rng.choice([f"{value:g}\n{value:g}", "1 4", "30 00.5", "12000 300", "12 34", f"{value:g}  {value:g}"])


HARMFUL = {
    "merged": merged,
    "two_figures": _replace(("count", "amount", "number"), two_figures_in_one, "two_figures"),
    "words_as_numbers": _replace(
        ("count", "amount", "number"),
        lambda v, rng: rng.choice(["很多", "约12", "12-13", "1.2.3", "3/4", "1,23"]),
        "not_a_number",
    ),
    "negative": _replace(("count", "amount"), lambda v, rng: rng.choice([-3.0, "-3", "－3", "- 3"]), "negative"),
    "digits_lost": _replace(
        ("person",),
        lambda v, rng: rng.choice([6.4990119900101e17, "6.4990119900101E+17", "649901199001010000"]),
        "digits_lost",
    ),
    "unknown_word": _replace(
        ("word",), lambda v, rng: rng.choice([f"{v}（含）", f"211 {v}", "大概是"]), "word_not_known"
    ),
    "bad_date": _replace(
        ("date",),
        lambda v, rng: rng.choice(["2025年3月", 45901.0, "45901", "3/1/2025", "2025-13-01", "2025-02-30", "去年"]),
        "not_a_date",
    ),
}


# ---- formats ------------------------------------------------------------------------------------------------------


def as_xlsx(table: Table, rng: random.Random) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "填报"
    for line, row in enumerate(table.lines(), 1):
        for column, value in enumerate(row, 1):
            if value is not None:
                cell = sheet.cell(line, column)
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"  # never a formula
    for first, left, last, right in table.merges:
        sheet.merge_cells(start_row=first + 3, start_column=left + 1, end_row=last + 3, end_column=right + 1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_xls(table: Table, rng: random.Random) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("填报")
    merged_cells = {
        (line, column)
        for first, left, last, right in table.merges
        for line in range(first + 2, last + 3)
        for column in range(left, right + 1)
    }
    lines = table.lines()
    for line, row in enumerate(lines):
        for column, value in enumerate(row):
            if value is not None and (line, column) not in merged_cells:
                sheet.write(line, column, value)
    for first, left, last, right in table.merges:
        sheet.write_merge(first + 2, last + 2, left, right, lines[first + 2][left])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(table: Table, rng: random.Random) -> bytes:
    delimiter = rng.choice(",,\t;")
    text = io.StringIO(newline="")
    lines = [["" if v is None else f"{v:.17g}" if isinstance(v, float) else v for v in row] for row in table.lines()]
    csv.writer(text, delimiter=delimiter).writerows(lines)
    return text.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]))


FORMATS = {"xlsx": as_xlsx, "xls": as_xls, "csv": as_csv}
