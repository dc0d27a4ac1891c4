"""Rows set aside, as a workbook that the office corrects and drops back into its landing folder."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from extract.files import replacing
from extract.forms import NUMERIC_KINDS, Field, form, measure_kinds, measure_units, unit_factors

if TYPE_CHECKING:
    import duckdb

_FORM = "census_correction"


def write_corrections(connection: "duckdb.DuckDBPyConnection", run_folder: Path, quarantine: Path) -> list[Path]:
    """Write one correction workbook per county and census year that has rows set aside.

    Every such row comes out whole, as delivered, its questionable cells marked, beside what is wrong
    and how to mend it. Workbooks of earlier nights that no longer apply are removed.
    """
    findings = connection.sql(f"""
        select f.*, d.path from read_parquet('{(run_folder / "findings").as_posix()}.parquet') as f
        inner join (select source, year, county_code, file_sha256, min(path) as path from deliveries where status = 'in_force' group by all) as d
            using (source, year, county_code, file_sha256)
        left join set_aside as s on f.year = s.year and f.county_code = s.county_code and f.file_sha256 = s.file_sha256 and f.school_id = s.school_id
        left join corrected_rows as k on f.file_sha256 = k.file_sha256 and f.row = k.row
        where coalesce(s.reason, '') <> 'replaced' and k.row is null and f.severity = 'quarantine' and f.source = 'census' order by all
    """).to_arrow_table().to_pylist()
    groups: dict[tuple[str, int], list[dict]] = {}
    for finding in findings:
        groups.setdefault((finding["county_code"], finding["year"]), []).append(finding)
    written = [_write(connection, quarantine, county, year, rows) for (county, year), rows in groups.items()]
    for old in set(quarantine.rglob("*.xlsx")) - {*written}:
        old.unlink()
    return written


def _write(connection: "duckdb.DuckDBPyConnection", quarantine: Path, county: str, year: int, findings: list[dict]) -> Path:
    import xlsxwriter

    columns = _columns(year)
    target = quarantine / str(year) / county / f"{county}_{year}_更正单.xlsx"
    with replacing(target) as partial:
        book = xlsxwriter.Workbook(str(partial), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
        book.set_properties({"created": dt.datetime(2000, 1, 1), "title": f"{year}年隔离数据更正单 {county}"})
        sheet = book.add_worksheet("更正单")
        head, bad, text = (book.add_format(f) for f in ({"bold": True, "text_wrap": True, "bg_color": "#DDEBF7"}, {"bg_color": "#FFC7CE", "num_format": "@"}, {"num_format": "@"}))
        sheet.write_string(0, 0, f"{year}年隔离数据更正单（改正后放回 landing/census/{year}/{county}/，红色为有问题的单元格）")
        for i, column in enumerate(columns):
            sheet.write_string(1, i, column.column, head)
        schools: dict[tuple[str, int], list[dict]] = {}
        for finding in findings:
            schools.setdefault((finding["file_sha256"], finding["row"]), []).append(finding)
        for line, ((sha, row), problems) in enumerate(schools.items(), 2):
            _write_row(connection, sheet, line, columns, sha, row, problems, (bad, text))
        sheet.freeze_panes(2, 2)
        sheet.set_column(0, len(columns), 14)
        book.close()
    return target


def _columns(year: int) -> list[Field]:
    """Return the columns to write: each figure once, under its first declared name."""
    declared = form(_FORM, year) or form(_FORM, 9999)
    notes = [f for f in declared.fields if not f.measure]
    figures = {f.key: f for f in reversed(declared.fields) if f.measure}
    ordered = [f for f in declared.fields if f.measure and figures[f.key] is f]
    origin = [f for f in ordered if f.measure.startswith("corrected_")]
    return [*(f for f in ordered if f not in origin), *notes, *origin]


def _write_row(connection: "duckdb.DuckDBPyConnection", sheet: object, line: int, columns: list[Field], sha: str, row: int, problems: list[dict], formats: tuple) -> None:
    cells = connection.execute(
        "select stage, measure, number, text, raw_text, problem, unit_factor from cells inner join places using (source, year, file_sha256, stage, measure) where source = 'census' and file_sha256 = ? and row = ? and year = ?",
        [sha, row, problems[0]["year"]],
    ).fetchall()
    values = {(stage, measure): (number, raw or text, problem, factor) for stage, measure, number, text, raw, problem, factor in cells}
    set_aside = set(connection.execute("select stage, measure from cells_set_aside where file_sha256 = ? and row = ?", [sha, row]).fetchall())
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
        number, raw, problem, factor = values.get(column.key, (None, None, None, 1.0))
        style = bad if column.key in set_aside or problem else text
        if measure_kinds()[column.measure] in NUMERIC_KINDS and number is not None:
            own = unit_factors().get((column.unit, measure_units()[column.measure]), 1.0)
            sheet.write_number(line, i, number if own == factor else number * factor / own, bad if style is bad else None)
        else:
            sheet.write_string(line, i, raw or "", style)
