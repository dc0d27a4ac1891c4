"""Tell the data rows of a list from totals, notes, signatures and headers printed again."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from extract.common.identifiers import is_school_id
from extract.common.text import code, label
from extract.definitions.conventions import conventions
from extract.definitions.forms import Field
from extract.definitions.vocabulary import words
from extract.reading.readers import Grid

NUMBER = re.compile(r"^[-+]?\d[\d,]*(\.\d+)?$")


@dataclass(frozen=True)
class RowKinds:
    """Tells what each row of one list is, from the places of its columns and its header."""

    grid: Grid
    header: range
    columns: dict[Field, int]
    key: str
    name: str

    def of(self, line: int) -> str | None:
        """Return ``data``, ``total``, ``subtotal``, ``signature``, ``note`` or ``header``; None for a blank row."""
        row = self.grid.cells[line]
        first = next(filter(None, map(label, row)), None)
        if first is None:
            return None
        rules = conventions()
        if rules.explaining_row.match(first):
            return "note"
        if self._is_identified(row):
            return "data"
        filled = [(column, text) for column, text in enumerate(map(label, row)) if text]
        if all(self._is_heading(column, text) for column, text in filled):
            return "header"
        if rules.signature_row.match(first):
            return "signature"
        if rules.subtotal_row.search(first):
            return "subtotal"
        if rules.total_row.match(first):
            return "total"
        has_figures = any(NUMBER.match(text) for _, text in filled[1:])
        if rules.note_row.match(first) and not has_figures:
            return "note"
        # A single text that is nobody's name or code.
        return "note" if len(filled) == 1 and filled[0][0] not in self._identifying_columns else "data"

    def _is_identified(self, row: list[Any]) -> bool:
        """Tell whether a row has a code of its own or a known school type; looks at these cells only, of each of many
        rows.
        """
        column = self._places.get(self.key, len(row))
        own = code(row[column]) if column < len(row) else ""
        if own and (
            is_school_id(own)
            if self.key == "school_id"
            else not self._is_heading(column, own) and not is_said_of_rows(own)
        ):
            return True
        column = self._places.get("school_type", len(row))
        return column < len(row) and label(row[column]) in words()["school_type"]

    def _is_heading(self, column: int, text: str) -> bool:
        return text in self._headings.get(column, ()) or text in self._title

    @cached_property
    def _places(self) -> dict[str, int]:
        return {field.measure: column for field, column in self.columns.items() if field.measure}

    @cached_property
    def _identifying_columns(self) -> set[int]:
        return {self._places[measure] for measure in (self.key, self.name) if measure in self._places}

    @cached_property
    def _headings(self) -> dict[int, set[str]]:
        width = max((len(self.grid.cells[line]) for line in self.header), default=0)
        cells = self.grid.cells
        return {
            column: {label(cells[line][column]) for line in self.header if column < len(cells[line])} - {""}
            for column in range(width)
        }

    @cached_property
    def _title(self) -> set[str]:
        return {label(cell) for line in self.grid.cells[: self.header.start] for cell in line} - {""}


def is_said_of_rows(text: str) -> bool:
    """Tell whether a text is what stands before totals, signatures or notes, and not the name or code of anything."""
    rules = conventions()
    return any(
        pattern.search(text) for pattern in (rules.total_row, rules.subtotal_row, rules.signature_row, rules.note_row)
    )
