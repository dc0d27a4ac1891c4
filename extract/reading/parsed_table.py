"""What a layout engine collects from one file, turned into the bronze tables."""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extract.common.noise import NOISE
from extract.common.spreadsheet import cell_address, column_letter
from extract.common.text import code, label, one_line, plain, unguarded
from extract.definitions.conventions import conventions
from extract.definitions.forms import Field, measures_of_source
from extract.definitions.vocabulary import (
    NUMERIC_KINDS,
    is_translated,
    measure_kinds,
    measure_units,
    unit_factor,
    unit_factors,
    words,
)
from extract.reading.numbers import BLANK_WORDS, to_numbers
from extract.reading.persons import digits_lost, keyed_hash, masked
from extract.reading.readers import Grid
from extract.refusal import Finding, Refused

CELL_LOCATIONS = pa.schema(
    [
        ("stage", pa.string()),
        ("measure", pa.string()),
        ("sheet", pa.string()),
        ("line", pa.int32()),  # null in a list: there the row says it
        ("column_letter", pa.string()),
        ("is_hidden", pa.bool_()),  # the sheet is
    ]
)
# Cells whose text differs from the plain form of the parsed value.
CELL_ISSUES = pa.schema(
    [
        ("row", pa.int32()),
        ("stage", pa.string()),
        ("measure", pa.string()),
        ("raw_text", pa.string()),
        ("problem", pa.string()),  # why the cell has no value
    ]
)
ROWS = pa.schema([("sheet", pa.string()), ("line", pa.int32()), ("row", pa.int32()), ("kind", pa.string())])
IGNORED = pa.schema([("what", pa.string()), ("name", pa.string()), ("cell", pa.string()), ("is_filled", pa.bool_())])

_TIME = r"(?:上午|下午|[AaPp][Mm])?\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp][Mm]|Z)?"
_DATES = (
    re.compile(rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})(?:\s*日\s*|\s+|T|$)(?:{_TIME})?"),
    re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})"),
)


@cache
def lines_schema(source: str) -> pa.Schema:
    """Return the columns of a source's lines: one per figure, ``<stage>.<measure>``, in the warehouse's units.

    Where a value may differ from what its cell shows, ``<stage>.<measure>.written`` holds the cell as text.
    """
    columns = [("row", pa.int32()), ("kind", pa.string())]
    for stage, measure in measures_of_source(source):
        is_number = measure_kinds()[measure] in NUMERIC_KINDS
        columns.append((f"{stage}.{measure}", pa.float64() if is_number else pa.string()))
        if is_translated(measure):
            columns.append((f"{stage}.{measure}.written", pa.string()))
    return pa.schema(columns)


@dataclass
class Cells:
    """Raw cells of whole columns, one value per line.

    ``values`` maps a field to its cells as the reader gives them, in the order of the parsed's lines; ``factors`` to
    what its numbers are multiplied by; ``problems`` maps (field, position) to what the reader found there instead of a
    value.
    """

    values: dict[Field, Sequence[Any]] = field(default_factory=dict)
    factors: dict[Field, float] = field(default_factory=dict)
    problems: dict[tuple[Field, int], str] = field(default_factory=dict)


@dataclass
class ParsedTable:
    """What one file holds, in the order met.

    ``lines`` and ``kinds`` number and name the lines that hold figures: a list's data and total lines by
    their line in the sheet; the one line 0 of a workbook, which is one school. ``columns`` holds their
    figures, one Arrow array per column of the source's lines schema.
    """

    secret: bytes = b""  # what persons' numbers are hashed with
    identity: dict[str, str] = field(default_factory=dict)
    first_lines: dict[int, int] = field(default_factory=dict)  # id of a sheet → its first data line
    lines: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    columns: dict[str, pa.Array] = field(default_factory=dict)
    cell_locations: list[tuple[Any, ...]] = field(default_factory=list)
    cell_issues: list[tuple[Any, ...]] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    ignored: list[tuple[Any, ...]] = field(default_factory=list)

    def add_columns(self, cells: Cells) -> None:
        """Type the raw cells of a file."""
        kinds = measure_kinds()
        numeric = [f for f in cells.values if kinds[f.measure] in NUMERIC_KINDS]
        if numeric:
            self._add_numbers(numeric, [list(cells.values[f]) for f in numeric], cells.factors, cells.problems)
        for declared, column in cells.values.items():
            if kinds[declared.measure] not in NUMERIC_KINDS:
                self._add_texts(declared, list(column), cells.problems)

    def _add_numbers(
        self,
        fields: list[Field],
        columns: list[list[Any]],
        factors: dict[Field, float],
        problems: dict[tuple[Field, int], str],
    ) -> None:
        """Type all numbers of a file at once: Arrow and NumPy are fast on long columns, not on many short ones."""
        size = len(self.lines)
        typed = _with_own_units(to_numbers(list(chain.from_iterable(columns))), fields, size)
        read = typed["number"].to_numpy()  # a blank is NaN here
        kinds = [measure_kinds()[f.measure] for f in fields]
        is_count = np.repeat([kind == "count" for kind in kinds], size)
        is_signless = np.repeat([kind in ("count", "amount") for kind in kinds], size)
        number = _without_noise(read, is_count, is_signless)
        wrong = _problems(number, is_count, is_signless)
        problem, raw_text = typed["problem"].combine_chunks(), typed["raw_text"].combine_chunks()
        wrong |= {i: problem[i].as_py() for i in _places_of_text(problem)}
        wrong |= {fields.index(f) * size + i: what for (f, i), what in problems.items() if f in fields}
        is_rounded = (read != number) & ~np.isnan(read)
        for i in sorted({*wrong, *_places_of_text(raw_text), *np.flatnonzero(is_rounded).tolist()}):
            column, line = divmod(i, size)
            written = raw_text[i].as_py() or plain(columns[column][line]) or None
            self.cell_issues.append((self.lines[line], *fields[column].figure, written, wrong.get(i)))
        number[list(wrong)] = np.nan
        values = pa.array(number, from_pandas=True)
        for i, declared in enumerate(fields):
            own = values.slice(i * size, size)
            factor = factors.get(declared, 1.0)
            self.columns[".".join(declared.figure)] = own if factor == 1.0 else pc.multiply(own, factor)
            if is_translated(declared.measure):
                self.columns[".".join((*declared.figure, "written"))] = pa.array(
                    [plain(v) or None for v in columns[i]], pa.string()
                )

    def _add_texts(self, declared: Field, cells: list[Any], problems: dict[tuple[Field, int], str]) -> None:
        """Type a column of texts, words, codes or dates."""
        kind = measure_kinds()[declared.measure]
        if kind == "person":
            self._add_persons(declared, cells, problems)
            return
        written = [(cell if type(cell) is str else plain(cell)) or None for cell in cells]
        shows_written = is_translated(declared.measure)
        cleaned = [_clean(cell, kind, declared.measure) for cell in cells]
        if problems:
            cleaned = [(text, problems.get((declared, i), problem)) for i, (text, problem) in enumerate(cleaned)]
        texts = [None if problem else text for text, problem in cleaned]
        if problems or texts != written:
            for i, (text, problem) in enumerate(cleaned):
                if problem or (written[i] != text and not shows_written):
                    self.cell_issues.append((self.lines[i], *declared.figure, written[i], problem))
        self.columns[".".join(declared.figure)] = pa.array(texts, pa.string())
        if shows_written:
            self.columns[".".join((*declared.figure, "written"))] = pa.array(written, pa.string())

    def _add_persons(self, declared: Field, cells: list[Any], problems: dict[tuple[Field, int], str]) -> None:
        """Replace each person's number by its keyed hash; what is said of a number that can't be used shows no digit of
        it.
        """
        hashes = []
        for i, cell in enumerate(cells):
            problem = problems.get((declared, i)) or ("digits_lost" if digits_lost(cell) else None)
            hashes.append(None if problem else keyed_hash(code(cell), self.secret))
            if problem:
                self.cell_issues.append((self.lines[i], *declared.figure, masked(cell), problem))
        self.columns[".".join(declared.figure)] = pa.array(hashes, pa.string())

    def add_place(self, declared: Field, grid: Grid, line: int | None, column: int, unit: str | None = None) -> float:
        """Record where a field stands: sheet, 0-based line (None in a list) and column; return its unit's factor.

        Raises:
            Refused: its unit is not known.
        """
        factor = _factor(declared, grid.title, cell_address(line or 0, column), unit)
        self.cell_locations.append(
            (
                declared.stage,
                declared.measure,
                grid.name,
                None if line is None else line + 1,
                column_letter(column),
                grid.is_hidden,
            )
        )
        return factor

    def tables(self, source: str) -> dict[str, pa.Table]:
        """Return the bronze tables of this file: lines, places, cell_issues, rows, ignored."""
        schema = lines_schema(source)
        own = {"row": pa.array(self.lines, pa.int32()), "kind": pa.array(self.kinds, pa.string()), **self.columns}
        nothing = {kind: pa.nulls(len(self.lines), kind) for kind in {*schema.types}}
        columns = zip(schema.names, schema.types, strict=True)
        return {
            "lines": pa.table([own[name] if name in own else nothing[kind] for name, kind in columns], schema=schema),
            "cell_locations": _table(self.cell_locations, CELL_LOCATIONS),
            "cell_issues": _table(self.cell_issues, CELL_ISSUES),
            "rows": _table(self.rows, ROWS),
            "ignored": _table(self.ignored, IGNORED),
        }


def _factor(declared: Field, sheet: str, cell: str, unit: str | None) -> float:
    word = label(unit if unit is not None else declared.unit)
    if not word:
        return 1.0
    factor = unit_factor(word, declared.measure)
    if factor is None:
        raise Refused(Finding("unit_unknown", sheet, cell, found=word, expected=declared.line or declared.column))
    return factor


@lru_cache(maxsize=1 << 16, typed=True)  # words come again and again
def _clean(value: object, kind: str, measure: str) -> tuple[str | None, str | None]:
    """Return (text, problem) of a text cell."""
    if kind == "date":
        return _date(value)
    text = code(value) if kind == "code" else label(value)
    # A word of the measure's own vocabulary is no blank: a school without such rooms writes 无.
    if text in BLANK_WORDS and not (kind == "word" and text in words()[measure]):
        return None, None
    if kind == "text":
        return one_line(plain(value)), None
    if kind == "word":
        known = words()[measure].get(text)
        return known, None if known else "word_not_known"
    return text, None


def _date(value: object) -> tuple[str | None, str | None]:
    """Return (ISO date, problem) of a cell: a date, with a time or without, or one written year first."""
    if isinstance(value, (dt.datetime, dt.date)):
        return value.strftime("%Y-%m-%d"), None
    if label(value) in BLANK_WORDS:
        return None, None
    text = unguarded(unicodedata.normalize("NFKC", one_line(plain(value))))
    match = next(filter(None, (pattern.fullmatch(text) for pattern in _DATES)), None)
    try:
        return (dt.date(*map(int, match.groups())).isoformat(), None) if match else (None, "not_a_date")
    except ValueError:
        return None, "not_a_date"


def _with_own_units(typed: pa.Table, fields: list[Field], size: int) -> pa.Table:
    """Read what is no number only because a unit of the column's kind stands behind it: 85%, 3间, 2027年, 1.5万元."""
    problem, raw_text = typed["problem"].combine_chunks(), typed["raw_text"].combine_chunks()
    places, texts, factors = [], [], []
    for i in pc.indices_nonzero(pc.fill_null(pc.equal(problem, "not_a_number"), False)).to_pylist():
        text = unicodedata.normalize("NFKC", raw_text[i].as_py()).strip()
        unit = next((u for u in _unit_words(fields[i // size].measure) if text.endswith(u)), None)
        if unit:
            declared = fields[i // size]
            places.append(i)
            texts.append(text.removesuffix(unit).rstrip())
            own = unit_factor(declared.unit, declared.measure) or 1.0
            factors.append((unit_factor(unit, declared.measure) or 1.0) / own)
    if not places:
        return typed
    read = to_numbers(texts)
    is_read = np.isin(np.arange(len(typed)), places)
    number = pc.multiply(read["number"], pa.array(factors)).combine_chunks()
    # A unit without a number is no figure.
    left = pc.if_else(
        pc.is_null(read["number"]), pc.coalesce(read["problem"], pa.scalar("not_a_number")), None
    ).combine_chunks()
    return pa.table(
        {
            "number": pc.replace_with_mask(typed["number"].combine_chunks(), is_read, number),
            "raw_text": raw_text,
            "problem": pc.replace_with_mask(problem, is_read, left),
        }
    )


@cache
def _unit_words(measure: str) -> tuple[str, ...]:
    """Return how the units are written in which a measure may be given, the longest first: 万元 before 元."""
    return tuple(
        sorted((word for word, unit in unit_factors() if unit == measure_units()[measure]), key=len, reverse=True)
    )


def _places_of_text(texts: pa.Array) -> list[int]:
    return pc.indices_nonzero(texts.is_valid()).to_pylist() if texts.null_count < len(texts) else []


def _without_noise(number: np.ndarray, is_count: np.ndarray, is_signless: np.ndarray) -> np.ndarray:
    """Return counts that are whole but for floating noise as whole numbers, and what is 0 but for noise as 0."""
    with np.errstate(invalid="ignore"):  # infinite ones
        whole, size = np.rint(number), np.abs(number)
        is_whole = is_count & (np.abs(number - whole) <= NOISE * np.maximum(1.0, size))
        return np.where(is_signless & (size <= NOISE), 0.0, np.where(is_whole, whole, number))


def _problems(number: np.ndarray, is_count: np.ndarray, is_signless: np.ndarray) -> dict[int, str]:
    """Return position → what is wrong with a number; NaN is none."""
    limits = conventions().limits
    limit = np.where(is_count, float(limits["largest_count"]), float(limits["largest_amount"]))
    is_wrong = {
        "not_whole": is_count & (number != np.rint(number)) & ~np.isnan(number),
        "negative": is_signless & (number < 0),
        "out_of_range": np.abs(number) > limit,
    }
    return {i: what for what, places in is_wrong.items() for i in np.flatnonzero(places).tolist()}


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [[] for _ in schema]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
