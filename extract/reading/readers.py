"""Open a file as people send it (.xlsx, .xls, .csv) and return its sheets as plain grids."""

import csv
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any
from xml.parsers import expat

from extract.common.text import label
from extract.definitions.conventions import conventions
from extract.definitions.forms import declared_labels
from extract.reading import file_kinds
from extract.refusal import Finding, Refused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FORMULA, _ERROR = (b"<f>", b"<f ", b"<f/"), b't="e"'
# What zipfile raises for damaged or non-standard archives.
_BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    IndexError,
    NotImplementedError,
    RuntimeError,
)
_LAST_COLUMN = 16384  # XFD: what a sheet can have at most
_DELIMITERS = "\t,;|"
HEADER_SEARCH_LINES = 30
_HEAD = 20_000  # characters that tell the delimiter and the encoding


@dataclass
class Grid:
    """One sheet: cells by 0-based line and column, merged areas, and cells that hold no usable value.

    ``merges`` are ((line, column), (line, column)) corners; ``problems`` maps (line, column) to
    ``error_value`` or ``formula_without_value``, which readers would otherwise show as blanks.
    """

    name: str
    cells: list[list[Any]]
    merges: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    problems: dict[tuple[int, int], str] = field(default_factory=dict)
    is_hidden: bool = False

    @property
    def title(self) -> str:
        """Return the name to tell people, who may not see a sheet that is hidden."""
        return f"{self.name}（隐藏的工作表 hidden sheet）" if self.is_hidden else self.name

    @cached_property
    def labels(self) -> list[list[str]]:
        """Return every cell as a label: for sheets that are looked at again and again, one per school."""
        return [[label(cell) for cell in line] for line in self.cells]


def open_grids(content: bytes) -> list[Grid]:
    """Return the sheets of a workbook or CSV.

    Raises:
        Refused: empty, encrypted, oversize, damaged, or not a table at all.
    """
    if not content.strip():
        raise Refused(Finding("empty_file"))
    limit = conventions().limits["file_bytes"]
    if len(content) > limit:
        raise Refused(Finding("too_large", found=_mib(len(content)), expected=_mib(limit)))
    if other := file_kinds.of_bytes(content):
        raise Refused(other)
    if content.startswith(b"PK"):
        return _xlsx(content)
    if content.startswith(_OLE):
        return _xls(content)
    return [_csv(content)]


def _xlsx(content: bytes) -> list[Grid]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _BROKEN_ARCHIVE as error:
        raise Refused(Finding("unreadable", found=str(error))) from error
    try:
        other = file_kinds.of_archive(archive)
    except _BROKEN_ARCHIVE as error:
        raise Refused(Finding("unreadable", found=str(error))) from error
    if other:
        raise Refused(other)
    names = archive.namelist()
    if len({*names}) < len(names):  # two programs may read two different workbooks out of it
        raise Refused(
            Finding("unreadable", found="ZIP: " + next(name for name in names if names.count(name) > 1) + " × 2")
        )
    limits = conventions().limits
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > limits["unpacked_bytes"] or unpacked > limits["unpack_ratio"] * max(len(content), 1 << 20):
        raise Refused(Finding("too_large", found=_mib(unpacked), expected=_mib(limits["unpacked_bytes"])))
    grids = _calamine(content)
    try:
        suspicious = False
        for name in names:
            # To its end, needed or not: a damaged one shows by its checksum. The reader forgives broken XML.
            text = archive.read(name)
            if name.endswith((".xml", ".rels")):
                expat.ParserCreate().Parse(text, True)
            if name.startswith("xl/worksheets/"):
                has_formula = b"<f" in text and any(mark in text for mark in _FORMULA)
                suspicious |= has_formula or _ERROR in text
        if b".main+xml" not in archive.read("[Content_Types].xml"):
            raise Refused(Finding("unreadable", found="[Content_Types].xml"))
    except (*_BROKEN_ARCHIVE, expat.ExpatError, KeyError) as error:
        raise Refused(Finding("unreadable", found=str(error))) from error
    if suspicious:
        # Here, because openpyxl takes an eighth of a second to load and few files need it.
        from extract.reading.cell_marks import mark_formulas_and_errors

        try:
            mark_formulas_and_errors(archive, {grid.name: grid.problems for grid in grids})
        except Exception as error:  # whatever the parsers stumble over
            raise Refused(Finding("unreadable", found=str(error))) from error
    return grids


def _xls(content: bytes) -> list[Grid]:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refused(Finding("encrypted"))
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        raise Refused(Finding("not_a_table", found="OLE (Word, PowerPoint …)"))
    grids = _calamine(content)
    import xlrd  # calamine shows .xls error cells as blanks

    try:
        book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO())
        for grid, sheet in zip(grids, book.sheets(), strict=True):
            for line in range(sheet.nrows):
                for column, kind in enumerate(sheet.row_types(line)):
                    if kind == xlrd.XL_CELL_ERROR:
                        grid.problems[line, column] = "error_value"
                    elif kind == xlrd.XL_CELL_TEXT and sheet.cell_value(line, column) == "":
                        grid.problems[line, column] = "formula_without_value"
    except Exception as error:  # xlrd raises whatever its parser stumbles over
        raise Refused(Finding("unreadable", found=str(error))) from error
    return grids


# What a panic says where Python had no memory left for a cell's value.
_NO_MEMORY = "PyObject pointer is null"


def _calamine(content: bytes) -> list[Grid]:
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(io.BytesIO(content))
        grids = []
        for meta in book.sheets_metadata:
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            _require_columns(sheet.total_width, meta.name)
            is_hidden = meta.visible != calamine.SheetVisibleEnum.Visible
            grids.append(
                Grid(
                    meta.name,
                    sheet.to_python(skip_empty_area=False),
                    sheet.merged_cell_ranges or [],
                    is_hidden=is_hidden,
                )
            )
    except calamine.PasswordError as error:
        raise Refused(Finding("encrypted")) from error
    except (Refused, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # calamine's own errors; a panic on a damaged file is no Exception
        if _NO_MEMORY in str(error):
            raise MemoryError from error
        raise Refused(Finding("unreadable", found=str(error))) from error
    if not any(grid.cells for grid in grids):
        raise Refused(Finding("empty_file"))
    return grids


def _csv(content: bytes) -> Grid:
    text = _decode(content)
    if not text.strip("\ufeff \t\r\n\0"):  # nothing but the mark of its encoding
        raise Refused(Finding("empty_file"))
    if other := file_kinds.of_text(text):
        raise Refused(other)
    return Grid("", _parted(text))


def _parted(text: str) -> list[list[str]]:
    """Return the cells of a CSV. The delimiter is the one that gives most of the headings that any form declares."""
    used = [delimiter for delimiter in _DELIMITERS if delimiter in text]
    if not used:
        raise Refused(Finding("unknown_content", found=text.strip().splitlines()[0][:40]))
    head = text[:_HEAD]
    delimiter = used[0]
    if len(used) > 1:
        delimiter = max(used, key=lambda d: (_declared_headings(head, d), head.count(d)))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Refused(Finding("unreadable", found=str(error))) from error
    _require_columns(max(map(len, rows), default=0))
    return rows


def _require_columns(count: int, sheet: str = "") -> None:
    if count > _LAST_COLUMN:
        raise Refused(Finding("unreadable", sheet, found=f"{count} > {_LAST_COLUMN} columns"))


def _declared_headings(head: str, delimiter: str) -> int:
    rows = islice(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), HEADER_SEARCH_LINES)
    return sum(label(cell) in declared_labels() for row in rows for cell in row)


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content:
        return _without_mark(content)
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(Finding("unknown_encoding"))


def _without_mark(content: bytes) -> str:
    """Return the text of a UTF-16 file that lost its byte order mark: the order that gives declared headers."""
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(name in label(text[:_HEAD]) for name in declared_labels()):
            return text
    raise Refused(Finding("unknown_content", found=content[:8].hex(" ")))


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
