"""Every loaded cell read again with another library than the one that loaded it."""

import csv
import datetime as dt
import io
import unicodedata
import zipfile
from collections import defaultdict
from decimal import Decimal, InvalidOperation

import openpyxl
import xlrd
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from tests.conftest import Office

_LINEAGE = "select census_year, county_code, file_sha256, sheet, cell, value, raw_value, stage || '.' || measure from marts.mart_lineage where raw_value is not null"


def wrong_cells(office: Office, files: int = 0) -> tuple[int, list[str]]:
    """Return how many cells were read again, and what does not lead to the value loaded from it.

    ``files``: only so many of the files in force; 0: all.
    """
    by_file = defaultdict(list)
    chosen = f" and file_sha256 in (select file_sha256 from marts.mart_file_outcome where source = 'census' and step = 'read' and status = 'in_force' order by file_sha256 limit {files})" if files else ""
    for year, county, sha, *cell in office.query(_LINEAGE + chosen):
        by_file[sha].append((f"{year}/{county}", *cell))
    wrong, seen = [], 0
    for sha, cells in by_file.items():
        sheets = _sheets((office.root / "store" / "objects" / sha[:2] / sha).read_bytes())
        for place, sheet, address, value, raw_value, measure in cells:
            seen += 1
            letters, line = coordinate_from_string(address)
            grid = sheets[sheet]
            written = grid.get((line, column_index_from_string(letters)))
            if not _same_text(written, raw_value) or (value is not None and not _gives(raw_value, value)):
                wrong.append(f"{place} {sheet}!{address} {measure}: stands {written!r}, raw {raw_value!r}, value {value!r}")
    return seen, wrong


def _sheets(content: bytes) -> dict[str, dict[tuple[int, int], object]]:
    if content.startswith(b"PK"):
        book = openpyxl.load_workbook(_without_ornaments(content), data_only=True, keep_links=False)
        return {s.title: {(c.row, c.column): c.value for row in s.iter_rows() for c in row if c.value is not None} for s in book.worksheets}
    if content.startswith(b"\xd0\xcf"):
        book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO())
        return {s.name: {(r + 1, c + 1): s.cell_value(r, c) for r in range(s.nrows) for c in range(s.ncols)} for s in book.sheets()}
    rows = csv.reader(io.StringIO(_text(content), newline=""))
    return {"": {(r, c): value for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1)}}


def _without_ornaments(content: bytes) -> io.BytesIO:
    """Return a workbook without the members that say nothing of its cells, on which openpyxl may stumble."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as archive:
        for name in dict.fromkeys(source.namelist()):
            if not name.startswith(("docProps/", "xl/theme/")):
                archive.writestr(name, source.read(name))
    return out


def _text(content: bytes) -> str:
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("a file in an unknown encoding was loaded")


def _same_text(written: object, raw_value: str) -> bool:
    if isinstance(written, bool):
        return raw_value.upper() == str(written).upper()
    if isinstance(written, (int, float)):
        return Decimal(repr(written)) == _number(raw_value)
    if isinstance(written, (dt.datetime, dt.date)):
        return raw_value.startswith(written.strftime("%Y-%m-%d"))
    return written is not None and written.replace("\x00", "").replace("\r\n", "\n") == raw_value.replace("\r\n", "\n")


def _number(text: str) -> Decimal | None:
    try:
        return Decimal("".join(unicodedata.normalize("NFKC", text).split()).replace(",", ""))
    except InvalidOperation:
        return None


def _gives(raw_value: str, value: float) -> bool:
    """Tell whether a text gives a value: itself, or ten thousand times itself where the form counts in 万元."""
    number = _number(raw_value)
    return number is not None and any(abs(Decimal(value) - number * factor) <= abs(number) * factor * Decimal("1e-12") for factor in (1, 10000))

