"""Lists for Excel: names as they are, never formulas; filters, headings that stay, and a page that prints."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from extract.common.atomic import replacing

Column = tuple[str, str, int]  # heading, key, width in characters
LEDGER: tuple[Column, ...] = (
    ("学校", "school", 24),
    ("学校标识码", "school_id", 13),
    ("学段", "stage", 7),
    ("指标代码", "code", 9),
    ("指标", "indicator", 40),
    ("到标准还差", "quantity", 12),
    ("到底线还差", "to_floor", 12),
    ("单位", "unit", 7),
    ("责任科室", "office", 18),
    ("责任岗位", "post", 12),
    ("发现日期", "opened", 12),
    ("完成期限", "due", 12),
    ("状态", "status", 9),
    ("进展", "remark", 24),
)
PLAN: tuple[Column, ...] = (
    ("序号", "number", 7),
    ("完成年份", "due", 9),
    ("做法", "action", 11),
    ("指标代码", "code", 9),
    ("指标", "indicator", 18),
    ("学校", "school", 24),
    ("学段", "stage", 7),
    ("调出学校", "giver", 24),
    ("集团", "group", 16),
    ("数量", "amount", 12),
    ("单位", "unit", 7),
    ("费用（元）", "cost", 14),
    ("解决", "mends", 11),
)
CLOSED: tuple[Column, ...] = (*LEDGER, ("销号日期", "closed", 12))


def write_lists(sheets: Sequence[tuple[str, str, Sequence[Column], list[dict[str, Any]]]], target: Path) -> None:
    """Write a workbook.

    Args:
        sheets: name, title, columns and rows of each sheet.
        target: the ``.xlsx`` to write.
    """
    with replacing(target) as partial:
        book = xlsxwriter.Workbook(
            str(partial), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        formats = {
            "title": book.add_format({"bold": True, "font_size": 16}),
            "heading": book.add_format({"bold": True, "text_wrap": True, "border": 1, "bg_color": "#E8EDF2"}),
            "text": book.add_format({"text_wrap": True, "border": 1, "valign": "top"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd", "border": 1, "valign": "top"}),
            "number": book.add_format({"num_format": "#,##0.##", "border": 1, "valign": "top"}),
        }
        taken: set[str] = set()
        for name, title, columns, rows in sheets:
            _write_sheet(book, formats, _sheet_name(name, taken), title, columns, rows)
        book.close()


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a name that Excel takes, once only."""
    clean = "".join(c for c in name if c not in "[]:*?/\\'")[:26] or "表"
    unique, number = clean, 2
    while unique.lower() in taken:
        unique, number = f"{clean} {number}", number + 1
    taken.add(unique.lower())
    return unique


def _write_sheet(
    book: xlsxwriter.Workbook,
    formats: dict[str, Any],
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: list[dict[str, Any]],
) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    sheet.set_footer("&C&P / &N")
    sheet.freeze_panes(2, 1)
    sheet.write_string(0, 0, title, formats["title"])
    for position, (heading, _, width) in enumerate(columns):
        sheet.set_column(position, position, width)
        sheet.write_string(1, position, heading, formats["heading"])
    for line, row in enumerate(rows, 2):
        for position, (_, key, _) in enumerate(columns):
            _write_cell(sheet, formats, line, position, row.get(key))
    sheet.autofilter(1, 0, max(len(rows), 1) + 1, len(columns) - 1)


def _write_cell(sheet: Any, formats: dict[str, Any], line: int, position: int, value: Any) -> None:
    if value is None:
        sheet.write_blank(line, position, None, formats["text"])
    elif isinstance(value, dt.date):
        sheet.write_datetime(line, position, dt.datetime(value.year, value.month, value.day), formats["date"])
    elif isinstance(value, int | float):
        sheet.write_number(line, position, value, formats["number"])
    else:
        sheet.write_string(line, position, str(value), formats["text"])
