"""What a layout engine collects from one file, turned into the four bronze tables."""

import datetime as dt
import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extract.forms import NUMERIC_KINDS, Field, conventions, measure_kinds, measure_units, unit_factors, words
from extract.numbers import BLANK_WORDS, to_numbers
from extract.refusal import Finding, Refused
from extract.text import cell_address, column_letter, label, plain

CELLS = pa.schema(
    [
        ("row", pa.int32()),  # a list's line in the sheet; 0 in a workbook, which is one school
        ("stage", pa.string()),
        ("measure", pa.string()),
        ("number", pa.float64()),  # in the unit of the file
        ("text", pa.string()),  # cleaned, or the code of a known word
        ("raw_text", pa.string()),  # as written; null where the cell holds a plain number
        ("problem", pa.string()),
    ]
)
PLACES = pa.schema(
    [
        ("stage", pa.string()),
        ("measure", pa.string()),
        ("sheet", pa.string()),
        ("line", pa.int32()),  # null in a list: there the row says it
        ("column_letter", pa.string()),
        ("unit_factor", pa.float64()),
    ]
)
ROWS = pa.schema([("sheet", pa.string()), ("line", pa.int32()), ("row", pa.int32()), ("kind", pa.string())])
IGNORED = pa.schema([("what", pa.string()), ("name", pa.string()), ("cell", pa.string())])

_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


@dataclass
class Harvest:
    """Cells, places, rows and ignored parts of one file, in the order met."""

    identity: dict[str, str] = field(default_factory=dict)
    first_lines: dict[int, int] = field(default_factory=dict)  # id of a sheet → its first data line
    cells: list[pa.Table] = field(default_factory=list)
    places: list[tuple] = field(default_factory=list)
    rows: list[tuple] = field(default_factory=list)
    ignored: list[tuple] = field(default_factory=list)

    def add_cells(self, fields: list[Field], rows: list[int], values: list, problems: dict[int, str]) -> None:
        """Add values of ``fields``: field-major, ``len(rows)`` values for each field.

        ``problems`` maps positions in ``values`` to what the reader found there instead of a value.
        """
        kinds = [measure_kinds()[f.measure] for f in fields]
        size = len(rows)
        is_number = np.repeat([kind in NUMERIC_KINDS for kind in kinds], size)
        texts: list[str | None] = []
        text_problems: list[str | None] = []
        for i, (declared, kind) in enumerate(zip(fields, kinds, strict=True)):
            if kind in NUMERIC_KINDS:
                texts += [None] * size
                text_problems += [None] * size
                continue
            for value in values[i * size : (i + 1) * size]:
                text, problem = _clean(value, kind, declared.measure)
                texts.append(text)
                text_problems.append(problem)
        typed = to_numbers([v if n else None for v, n in zip(values, is_number, strict=True)])
        number = typed["number"].combine_chunks()
        as_written = pa.array([plain(v) or None for v in values] if not is_number.all() else [None] * len(values), pa.string())
        problem = pc.coalesce(
            _reader_problems(problems, len(values)),
            typed["problem"].combine_chunks(),
            pa.array(text_problems, pa.string()),
            _numeric_problem(number, np.repeat([kind == "count" for kind in kinds], size), np.repeat([kind in ("count", "amount") for kind in kinds], size)),
        )
        self.cells.append(
            pa.table(
                {
                    "row": np.tile(np.array(rows, np.int32), len(fields)),
                    "stage": _repeat([f.stage for f in fields], size),
                    "measure": _repeat([f.measure for f in fields], size),
                    "number": number,
                    "text": pa.array(texts, pa.string()),
                    "raw_text": pc.if_else(pa.array(is_number), typed["raw_text"].combine_chunks(), as_written),
                    "problem": problem,
                },
                schema=CELLS,
            )
        )

    def add_place(self, declared: Field, sheet: str, line: int | None, column: int, unit: str | None = None) -> None:
        """Record where a field stands: 0-based line (None in a list) and column, and its unit."""
        factor = _factor(declared, sheet, cell_address(line or 0, column), unit)
        self.places.append((declared.stage, declared.measure, sheet, None if line is None else line + 1, column_letter(column), factor))

    def tables(self) -> dict[str, pa.Table]:
        """Return the bronze tables of this file: cells, places, rows, ignored."""
        return {
            "cells": pa.concat_tables(self.cells) if self.cells else CELLS.empty_table(),
            "places": _table(self.places, PLACES),
            "rows": _table(self.rows, ROWS),
            "ignored": _table(self.ignored, IGNORED),
        }


def _factor(declared: Field, sheet: str, cell: str, unit: str | None) -> float:
    word = label(unit if unit is not None else declared.unit)
    if not word:
        return 1.0
    factor = unit_factors().get((word, measure_units()[declared.measure]))
    if factor is None:
        raise Refused(Finding("unit_unknown", sheet, cell, found=word, expected=declared.line or declared.column))
    return factor


def _clean(value: object, kind: str, measure: str) -> tuple[str | None, str | None]:
    """Return (text, problem) of a text cell."""
    if isinstance(value, (dt.datetime, dt.date)) and kind == "date":
        return value.strftime("%Y-%m-%d"), None
    text = label(value)
    if text in _BLANK_TEXTS:
        return None, None
    if kind == "text":
        return plain(value).replace("\x00", "").strip(), None
    if kind == "word":
        code = words()[measure].get(text)
        return code, None if code else "word_not_known"
    if kind == "date":
        match = _DATE.match(text)
        try:
            return (dt.date(*map(int, match.groups())).isoformat(), None) if match else (None, "not_a_date")
        except ValueError:
            return None, "not_a_date"
    return text, None


_BLANK_TEXTS = frozenset(BLANK_WORDS.to_pylist())


def _numeric_problem(number: pa.Array, is_count: np.ndarray, is_signless: np.ndarray) -> pa.Array:
    limits = conventions().limits
    limit = pa.array(np.where(is_count, float(limits["largest_count"]), float(limits["largest_amount"])))
    is_huge = pc.fill_null(pc.greater(pc.abs(number), limit), False)
    negative = pc.and_(pc.fill_null(pc.less(number, 0), False), pa.array(is_signless))
    broken = pc.and_(pc.fill_null(pc.not_equal(number, pc.round(number)), False), pa.array(is_count))
    absent = pa.scalar(None, pa.string())
    return pc.coalesce(pc.if_else(is_huge, "out_of_range", absent), pc.if_else(negative, "negative", pc.if_else(broken, "not_whole", absent)))


def _reader_problems(problems: dict[int, str], size: int) -> pa.Array:
    if not problems:
        return pa.nulls(size, pa.string())
    return pa.array([problems.get(i) for i in range(size)], pa.string())


def _repeat(values: list[str], size: int) -> pa.Array:
    return pa.array(values, pa.string()).take(pa.array(np.repeat(np.arange(len(values)), size)))


def _table(rows: list[tuple], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [[] for _ in schema]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
