"""A mart as a workbook for people: their words for its columns and codes, codes of schools and counties as texts."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from extract.common.atomic import replacing
from publish.dictionary import Mart, in_language
from publish.language import language, say
from publish.words import CODED

_ROWS_OF_A_SHEET = 1_048_575  # beside the headings
_NO_NAME = re.compile(r"[\[\]:*?/\\\\']")
_END_OF_LABEL = re.compile(r"[。：；，、（=＝(.:;,]")


def write_workbook(connection: duckdb.DuckDBPyConnection, mart: Mart, relation: str, target: Path) -> None:
    """Write every row of a mart; what no sheet has room for goes on in the next.

    Args:
        connection: where the rows are.
        mart: its columns and their meanings.
        relation: SQL that selects the rows from it, in order.
        target: the ``.xlsx`` to write.
    """
    rows = connection.execute(relation)
    with replacing(target) as partial:
        book = xlsxwriter.Workbook(
            str(partial),
            {
                "constant_memory": True,
                "strings_to_numbers": False,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        # The same rows, the same bytes.
        book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        number, is_full = 1, True
        while is_full:
            is_full = _write_sheet(book, mart, rows, number)
            number += 1
        book.close()


def _write_sheet(book: xlsxwriter.Workbook, mart: Mart, rows: duckdb.DuckDBPyConnection, number: int) -> bool:
    """Write the next rows into a sheet of their own; tell whether it is full."""
    title = _NO_NAME.sub(" ", _label(mart.description))[:28]
    sheet = book.add_worksheet(title if number == 1 else f"{title} {number}")
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(mart.columns):
        label = _label(column.description)
        sheet.set_column(position, position, 2 * min(max(len(label), 6), 14))
        sheet.write_string(0, position, f"{label}\n{column.name}", heading)
    sheet.autofilter(0, 0, 0, len(mart.columns) - 1)
    translations = [CODED.get(column.name, {}) for column in mart.columns]
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for line, row in enumerate(_some(rows), 1):
        for position, (value, words) in enumerate(zip(row, translations, strict=True)):
            if value is not None:
                sheet.write(line, position, _shown(value, words), moment if isinstance(value, dt.datetime) else None)
        if line == _ROWS_OF_A_SHEET:
            return True
    return False


def _some(rows: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while row := rows.fetchone():
        yield row


def _shown(value: Any, words: dict[str, tuple[str, str]]) -> Any:
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    return say(*words[value]) if value in words else value


def _label(description: str) -> str:
    return _END_OF_LABEL.split(in_language(description, language()))[0].strip()
