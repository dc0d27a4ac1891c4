"""Write figures as census files in form A or B, laid out from the form definitions."""

import csv
import datetime as dt
import io
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol

from extract.definitions.forms import Field, Form, require_form
from extract.definitions.vocabulary import unit_factor
from junheng.synthetic.county import Figures
from junheng.synthetic.dirt import Formula


@dataclass(frozen=True)
class Layout:
    """How a workbook departs from the printed form without changing a figure."""

    shuffled: bool = False
    extra_sheets: int = 0
    added_columns: bool = False
    shifted_lines: int = 0


def write_workbook(path: Path, year: int, figures: Figures, layout: Layout, rng: random.Random) -> None:
    """Write form A as declared for ``year``, departing from the printed form as ``layout`` says."""
    declared = require_form("census_workbook", year)
    stages = {stage for stage, _ in figures}
    sheets = [s for s in declared.sheets if s.stage in stages]
    if layout.shuffled:
        rng.shuffle(sheets)
    book = _book(path)
    for i, sheet in enumerate(sheets):
        page = book.add_worksheet(f"表{i + 1}" if layout.shuffled else sheet.sheet)
        for (line, column), value in _arranged(
            _sheet_cells(declared, sheet.sheet, sheet.title_zh, year, figures),
            sheet.sheet == declared.identity_sheet,
            layout,
            rng,
        ):
            _put(page, line, column, value)
    for i in range(layout.extra_sheets):
        page = book.add_worksheet(f"教基99{i:02d}")
        for line, value in enumerate((f"附加表 {i}", f"表号：教基99{i:02d}", "与资源配置无关")):
            _put(page, line, 0, value)
    book.close()


def _sheet_cells(declared: Form, sheet: str, title: str, year: int, figures: Figures) -> dict[tuple[int, int], object]:
    """Return the cells of one sheet at the declared addresses."""
    fields = [f for f in declared.fields_by_sheet[sheet] if f.address]
    first = min(xl_cell_to_rowcol(f.address)[0] for f in fields)
    cells: dict[tuple[int, int], object] = {(0, 0): title, (1, 0): f"表号：{sheet}"}
    if sheet == declared.identity_sheet:
        cells[1, 3] = f"{year}/{year + 1}学年初"
    else:
        cells |= {
            (2, 0): f"学校（机构）名称：{figures['all', 'school_name']}",
            (2, 3): f"标识码：{figures['all', 'school_id']}",
            (2, 7): "单位：见各行",
        }
    for f in fields:
        # The printed form asks every school for the backbone teachers of both stages.
        if f.figure not in figures and f.measure != "backbone_teachers":
            continue
        line, column = xl_cell_to_rowcol(f.address)
        cells[line, 0] = f.line
        if f.number:
            cells[line, 1] = f.number
        if f.unit:
            cells[line, 2] = f.unit
        cells[line, column] = _in_unit(figures.get(f.figure, 0), f)
        *groups, leaf = f.column.split("/") if f.column not in ("", "艺术/计") else ([f.column] if f.column else [""])
        if leaf:
            cells[first - 1, column] = leaf
        if groups:
            cells.setdefault(
                (
                    first - 2,
                    min(xl_cell_to_rowcol(g.address)[1] for g in fields if g.column.startswith(groups[0] + "/")),
                ),
                groups[0],
            )
    return cells


def _arranged(
    cells: dict[tuple[int, int], object], is_identity: bool, layout: Layout, rng: random.Random
) -> Iterable[tuple[tuple[int, int], object]]:
    """Shift lines down and put a column of no concern in, title block left alone."""
    width = max(column for _, column in cells)
    added = rng.choice([width + 1, max(4, width)]) if layout.added_columns and not is_identity else None
    for (line, column), value in sorted(cells.items()):
        shifted = line + (layout.shifted_lines if line > 2 and not is_identity else 0)
        yield (shifted, column + (added is not None and column >= added and line > 2)), value
    if added is not None:
        last = max(line for line, _ in cells) + layout.shifted_lines
        yield (3 + layout.shifted_lines, added), "附加栏"
        yield (last, added), 7


def write_list(path: Path, county_name: str, year: int, figures: Iterable[Figures]) -> None:
    """Write form B: a five-row merged header in ``.xlsx``, one row of paths in GB18030 ``.csv``."""
    columns = [
        f for f in require_form("census_list", year).fields if f.unit != "元" and not f.column.endswith("在校生数/合计")
    ]
    rows = [[_in_unit(school.get(f.figure), f) for f in columns] for school in figures]
    totals: list[Any] = ["合计"] + [
        None if i < 10 else round(sum(row[i] for row in rows if isinstance(row[i], (int, float))), 2)
        for i in range(1, len(columns))
    ]
    title = f"{county_name}{year}年基础教育学校（机构）统计数据导出"
    if path.suffix == ".csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerows([[title], [f.column for f in columns], *rows, totals])
        path.write_bytes(text.getvalue().encode("gb18030"))
        return
    book = _book(path)
    page = book.add_worksheet("查询导出")
    _put(page, 0, 0, title)
    _write_header(page, [f.column.split("/") for f in columns])
    foot: list[list[Any]] = [*rows, totals, ["填表人：　　　　审核人：　　　　报出日期："]]
    for i, row in enumerate(foot, 6):
        for column, value in enumerate(row):
            _put(page, i, column, value)
    book.close()


def _write_header(page: xlsxwriter.worksheet.Worksheet, paths: list[list[str]]) -> None:
    """Write header lines 1–5, merging what spans several columns or lines."""

    def block(first: int, last: int, depth: int) -> None:
        start = first
        while start <= last:
            end = start
            while end < last and paths[end + 1][: depth + 1] == paths[start][: depth + 1]:
                end += 1
            is_leaf = len(paths[start]) == depth + 1
            bottom = 5 if is_leaf else depth + 1
            if (bottom, end) == (depth + 1, start):
                page.write_string(depth + 1, start, paths[start][depth])
            else:
                page.merge_range(depth + 1, start, bottom, end, paths[start][depth])
            if not is_leaf:
                block(start, end, depth + 1)
            start = end + 1

    block(0, len(paths) - 1, 0)


def _in_unit(value: Any, declared: Field) -> Any:
    """Return a figure in the unit of the form."""
    if not declared.unit or not isinstance(value, (int, float)):
        return value
    factor = unit_factor(declared.unit, declared.measure) or 1.0
    return value if factor == 1 else round(value / factor, 2)


def _book(path: Path) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": "合成数据 synthetic data", "created": dt.datetime(2000, 1, 1)})
    return book


def _put(page: xlsxwriter.worksheet.Worksheet, line: int, column: int, value: object) -> None:
    if isinstance(value, str):
        page.write_string(line, column, value)
    elif isinstance(value, Formula):
        page.write_formula(line, column, value.text, None, "" if value.stored is None else value.stored)
    elif value is not None:
        page.write_number(line, column, value)
