"""What was set aside, as workbooks: of the census rows to correct and to drop back, of other sources a list of cells to
correct.
"""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from extract.common.atomic import replacing
from extract.definitions.forms import Field, require_form
from extract.definitions.vocabulary import unit_factor

if TYPE_CHECKING:
    import duckdb
    from xlsxwriter.worksheet import Worksheet

_FORM = "census_correction"


def write_corrections(connection: "duckdb.DuckDBPyConnection", quarantine: Path) -> None:
    """Write one correction workbook per changed county and census year that has rows set aside, and a list per other
    source.

    Every row of the census comes out whole, as delivered, its questionable cells marked, beside what is wrong
    and how to mend it. Workbooks of earlier nights that no longer apply are removed.
    """
    findings = (
        connection.sql("""
        select f.*, d.path from findings_described as f
        inner join (select source, year, county_code, file_sha256, min(path) as path from deliveries
        where status = 'in_force' group by all) as d
            using (source, year, county_code, file_sha256)
        left join superseded_schools as s
            on f.year = s.year and f.county_code = s.county_code and f.file_sha256 = s.file_sha256
            and f.school_id = s.school_id
        left join corrected_rows as k on f.file_sha256 = k.file_sha256 and f.row = k.row
        where coalesce(s.reason, '') <> 'replaced' and k.row is null and f.severity = 'quarantine' order by all
    """)
        .to_arrow_table()
        .to_pylist()
    )
    of_other_sources = [f for f in findings if f["source"] != "census"]
    findings = [f for f in findings if f["source"] == "census"]
    connection.register(
        "questioned",
        pa.table(
            {
                "file_sha256": pa.array([f["file_sha256"] for f in findings], pa.string()),
                "row": pa.array([f["row"] for f in findings], pa.int32()),
            }
        ),
    )
    delivered = _Delivered(connection)
    groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for finding in findings:
        groups.setdefault((finding["county_code"], finding["year"]), []).append(finding)
    written = {_write(delivered, quarantine, county, year, rows) for (county, year), rows in groups.items()}
    written |= _write_lists(quarantine, of_other_sources)
    changed = {county for (county,) in connection.execute("from changed_counties").fetchall()}
    for old in set(quarantine.glob("*/*/*.xlsx")) - written:
        if old.parent.name in changed:
            old.unlink()


def _write(delivered: "_Delivered", quarantine: Path, county: str, year: int, findings: list[dict[str, Any]]) -> Path:
    import xlsxwriter

    columns = _columns(year)
    target = quarantine / str(year) / county / f"{county}_{year}_更正单.xlsx"
    with replacing(target) as partial:
        book = xlsxwriter.Workbook(
            str(partial), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        book.set_properties({"created": dt.datetime(2000, 1, 1), "title": f"{year}年隔离数据更正单 {county}"})
        sheet = book.add_worksheet("更正单")
        head, bad, text = (
            book.add_format(f)
            for f in (
                {"bold": True, "text_wrap": True, "bg_color": "#DDEBF7"},
                {"bg_color": "#FFC7CE", "num_format": "@"},
                {"num_format": "@"},
            )
        )
        sheet.write_string(
            0, 0, f"{year}年隔离数据更正单（改正后放回 landing/census/{year}/{county}/，红色为有问题的单元格）"
        )
        for i, column in enumerate(columns):
            sheet.write_string(1, i, column.column, head)
        schools: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for finding in findings:
            schools.setdefault((finding["file_sha256"], finding["row"]), []).append(finding)
        for line, ((sha, row), problems) in enumerate(schools.items(), 2):
            _write_row(delivered, sheet, line, columns, sha, row, problems, (bad, text))
        _print_well(sheet, 1)
        sheet.set_column(0, len(columns), 14)
        book.close()
    return target


_LIST_COLUMNS = (
    ("文件", "path", 44),
    ("工作表", "sheet", 12),
    ("单元格", "cell", 9),
    ("学校", "school_name", 20),
    ("学校标识码", "school_id", 14),
    ("看到的", "found", 18),
    ("问题", "message_zh", 50),
    ("如何改", "how_to_fix_zh", 44),
)


def _write_lists(quarantine: Path, findings: list[dict[str, Any]]) -> set[Path]:
    """Write one list per county, year and source; return the files. A newer file replaces a whole table, so the office
    corrects its own.
    """
    import xlsxwriter

    groups: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for finding in findings:
        groups.setdefault((finding["county_code"], finding["year"], finding["source"]), []).append(finding)
    written = set()
    for (county, year, source), rows in groups.items():
        target = quarantine / str(year) / county / f"{county}_{year}_{source}_更正清单.xlsx"
        with replacing(target) as partial:
            book = xlsxwriter.Workbook(
                str(partial), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
            )
            book.set_properties({"created": dt.datetime(2000, 1, 1), "title": f"{year}年 {source} 更正清单 {county}"})
            sheet = book.add_worksheet("更正清单")
            head, text = (
                book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1}),
                book.add_format({"text_wrap": True, "valign": "top", "border": 1, "num_format": "@"}),
            )
            sheet.write_string(
                0,
                0,
                f"{county} {year}年 {source}：下列单元格没有采用。请改正原来的表，整张重新放入 "
                f"landing/{source}/{year}/{county}/（本清单只供查看，不要放入）",
            )
            for i, (title, name, width) in enumerate(_LIST_COLUMNS):
                sheet.write_string(1, i, title, head)
                sheet.set_column(i, i, width)
                for line, row in enumerate(rows, 2):
                    sheet.write_string(line, i, str(row[name] or ""), text)
            _print_well(sheet, 1)
            book.close()
        written.add(target)
    return written


def _print_well(sheet: "Worksheet", header: int) -> None:
    """Set a sheet up so that it prints one page wide, its header on every page."""
    sheet.freeze_panes(header + 1, 2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)


def _columns(year: int) -> list[Field]:
    """Return the columns to write: each figure once, under its first declared name."""
    declared = require_form(_FORM, year)
    notes = [f for f in declared.fields if not f.measure]
    figures = {f.figure: f for f in reversed(declared.fields) if f.measure}
    ordered = [f for f in declared.fields if f.measure and figures[f.figure] is f]
    origin = [f for f in ordered if f.measure.startswith("corrected_")]
    return [*(f for f in ordered if f not in origin), *notes, *origin]


def _write_row(
    delivered: "_Delivered",
    sheet: "Worksheet",
    line: int,
    columns: list[Field],
    sha: str,
    row: int,
    problems: list[dict[str, Any]],
    formats: tuple[Any, ...],
) -> None:
    notes = {
        "所在单元格": "；".join(dict.fromkeys(f"{p['path']} {p['sheet'] or ''}!{p['cell'] or ''}" for p in problems)),
        "问题": "\n".join(dict.fromkeys(p["message_zh"] for p in problems)),
        "如何改": "\n".join(dict.fromkeys(p["how_to_fix_zh"] for p in problems)),
    }
    bad, text = formats
    for i, column in enumerate(columns):
        if not column.measure:
            sheet.write_string(line, i, notes[column.column], text)
            continue
        if column.measure == "corrected_file_sha256":
            sheet.write_string(line, i, sha, text)
            continue
        if column.measure == "corrected_row":
            sheet.write_number(line, i, row)
            continue
        value, written, is_bad = delivered.cell(sha, row, column)
        if isinstance(value, float):
            factor = unit_factor(column.unit, column.measure) or 1.0
            sheet.write_number(line, i, round(value / factor, 9), bad if is_bad else None)
        else:
            sheet.write_string(line, i, written or "", bad if is_bad else text)


class _Delivered:
    """The rows that have something set aside, as delivered."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection"):
        rows = "select distinct file_sha256, row from questioned"
        lines = (
            connection.sql(f"select l.* from census_lines as l inner join ({rows}) using (file_sha256, row)")
            .to_arrow_table()
            .to_pylist()
        )
        self._lines = {(line["file_sha256"], line["row"]): line for line in lines}
        cell_issues = connection.execute(
            f"select file_sha256, row, stage, measure, raw_text, problem from cell_issues inner join ({rows}) using "
            "(file_sha256, row) where source = 'census'"
        ).fetchall()
        self._cell_issues = {tuple(place): (raw, problem) for *place, raw, problem in cell_issues}
        self._set_aside = {
            *connection.execute(
                "select file_sha256, row, stage, measure from quarantined_cells where source = 'census'"
            ).fetchall()
        }

    def cell(self, sha: str, row: int, column: Field) -> tuple[float | str | None, str | None, bool]:
        """Return a cell's value, how it was written, and whether it is in question."""
        name, place = ".".join(column.figure), (sha, row, *column.figure)
        value = self._lines[sha, row].get(name)
        raw, problem = self._cell_issues.get(place, (None, None))
        return (
            value,
            raw or self._lines[sha, row].get(f"{name}.written") or value,
            bool(problem) or place in self._set_aside,
        )
