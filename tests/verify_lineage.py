"""Every loaded cell read again with another library than the one that loaded it."""

import csv
import datetime as dt
import io
import os
import re
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from multiprocessing import get_context

import openpyxl
import xlrd
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from tests.conftest import Office

_UNIT = re.compile(r"(%|年级?|人|间|个|所|册|台|次|份|万?元|平方米|m2|学时)$")
_COUNTIES = (
    "select county_code from marts.mart_file_outcome where status = 'in_force' and county_code is not null group by "
    "county_code order by hash(county_code)"
)
_LINEAGE = """
    select census_year, file_sha256, sheet, cell, value, raw_value, stage || '.' || measure
    from marts.mart_lineage where county_code = $county and raw_value is not null
    union all
    select year, file_sha256, sheet, cell, value, raw_value, form || '.' || measure
    from marts.mart_source_lineage where county_code = $county and raw_value is not null
"""


def wrong_cells(
    office: Office, counties: int | None = None, progress: Callable[[str], None] = lambda _: None
) -> tuple[int, list[str]]:
    """Return how many cells were read again, and what does not lead to the value loaded from it.

    ``counties``: only so many of them; None: all. Several are read at once, each by a process of its own.
    """
    chosen = [code for (code,) in office.query(_COUNTIES)][:counties]
    wrong, seen = [], 0
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        for done, (cells, found) in enumerate(pool.imap_unordered(partial(_wrong_cells_of, office), chosen), 1):
            seen, wrong = seen + cells, wrong + found
            if done % 100 == 0:
                progress(f"{done} of {len(chosen)} counties, {seen:,} cells, wrong {len(wrong)}")
    return seen, wrong


def _wrong_cells_of(office: Office, county: str) -> tuple[int, list[str]]:
    by_file = defaultdict(list)
    for year, sha, *cell in office.query(_LINEAGE, {"county": county}):
        by_file[sha].append((f"{year}/{county}", *cell))
    wrong = []
    for sha, cells in by_file.items():
        sheets = _sheets((office.root / "store" / "objects" / sha[:2] / sha).read_bytes())
        for place, sheet, address, value, raw_value, measure in cells:
            letters, line = coordinate_from_string(address)
            written = sheets[sheet].get((line, column_index_from_string(letters)))
            if not _same_text(written, raw_value) or (value is not None and not _gives(raw_value, value)):
                wrong.append(
                    f"{place} {sheet}!{address} {measure}: stands {written!r}, raw {raw_value!r}, value {value!r}"
                )
    return sum(map(len, by_file.values())), wrong


def _sheets(content: bytes) -> dict[str, dict[tuple[int, int], object]]:
    if content.startswith(b"PK"):
        try:
            book = openpyxl.load_workbook(_without_ornaments(content), data_only=True, keep_links=False)
        except (
            IndexError,
            KeyError,
            TypeError,
            ValueError,
        ):  # it stumbles over styles that do not matter to a cell's text
            book = openpyxl.load_workbook(
                _without_ornaments(content, with_styles=False), data_only=True, keep_links=False
            )
        return {
            s.title: {(c.row, c.column): c.value for row in s.iter_rows() for c in row if c.value is not None}
            | _under_merged(s)
            for s in book.worksheets
        }
    if content.startswith(b"\xd0\xcf"):
        book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO())
        return {
            s.name: {(r + 1, c + 1): s.cell_value(r, c) for r in range(s.nrows) for c in range(s.ncols)}
            for s in book.sheets()
        }
    text = _text(content)
    # The delimiter is the one that parts the line with the most parts among the first.
    delimiter = max(",\t;", key=lambda d: max(line.count(d) for line in text.splitlines()[:5]))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return {"": {(r, c): value for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1)}}


def _under_merged(sheet: object) -> dict[tuple[int, int], object]:
    """Return what a merged area shows at each of its cells."""
    areas = [
        area
        for area in sheet.merged_cells.ranges
        if sheet.cell(area.min_row, area.min_col).value is not None and area.size["rows"] * area.size["columns"] < 1000
    ]
    return {
        (row, column): sheet.cell(area.min_row, area.min_col).value
        for area in areas
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col, area.max_col + 1)
    }


def _without_ornaments(content: bytes, with_styles: bool = True) -> io.BytesIO:
    """Return a workbook without what says nothing of its cells' texts, on which openpyxl may stumble."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as archive:
        for name in dict.fromkeys(source.namelist()):
            if not name.startswith(("docProps/", "xl/theme/")):
                data = source.read(name)
                archive.writestr(
                    name,
                    data
                    if with_styles or not name.startswith("xl/worksheets/")
                    else re.sub(rb' (s|style)="\d+"', b"", data),
                )
    return out


def _text(content: bytes) -> str:
    marked, has_nulls = content[:2] in (b"\xff\xfe", b"\xfe\xff"), b"\x00" in content
    for encoding in ("utf-16",) if marked else ("utf-16-le", "utf-16-be") if has_nulls else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("a file in an unknown encoding was loaded")


def _same_text(written: object, raw_value: str) -> bool:
    if isinstance(written, bool):
        return raw_value.upper() == str(written).upper()
    if isinstance(written, (int, float)):
        number = _number(raw_value)
        return number is not None and (
            Decimal(repr(written)) == number or float(written) == float(number)
        )  # a spreadsheet's number has 53 bits
    if isinstance(written, (dt.datetime, dt.date)):
        return raw_value.startswith(written.strftime("%Y-%m-%d"))
    return written is not None and written.replace("\x00", "").replace("\r\n", "\n") == raw_value.replace("\r\n", "\n")


def _number(text: str) -> Decimal | None:
    text = unicodedata.normalize("NFKC", text).replace("_x000D_", "").strip()
    text = text.removeprefix("'").removeprefix('="').removesuffix('"') if text[:1] in "'=" else text
    try:
        return Decimal("".join(_UNIT.sub("", text).split()).replace(",", ""))
    except InvalidOperation:
        return None


def _gives(raw_value: str, value: float) -> bool:
    """Tell whether a text gives a value: itself, or ten thousand times itself where the form counts in 万元."""
    number = _number(raw_value)
    return number is not None and any(
        abs(Decimal(value) - number * factor) <= max(abs(number) * factor, 1) * Decimal("1e-9")
        for factor in (1, 10000, Decimal("0.01"))
    )
