"""Read one file: which form it is, what it holds, and everything that is wrong with its shape."""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from extract.common.identifiers import is_school_id
from extract.common.spreadsheet import cell_address
from extract.common.text import label
from extract.definitions.conventions import conventions
from extract.definitions.forms import Form, is_cumulative, known_years, load_form, sources
from extract.definitions.vocabulary import spellings, words
from extract.reading import list_layout, workbook_layout
from extract.reading.parsed_table import ParsedTable
from extract.reading.readers import Grid, open_grids
from extract.refusal import Finding, Refused

OWNER = pa.schema([("source", pa.string()), ("year", pa.int32()), ("file_sha256", pa.string())])
PARSED_FILES = pa.schema(
    [
        *OWNER,
        ("form", pa.string()),
        ("findings", pa.string()),  # JSON list; empty: the file may be used
        ("school_id", pa.string()),  # of a workbook, also of a refused one where it could be read
        ("county_code", pa.string()),
        ("county_names", pa.list_(pa.string())),
        ("rows_in", pa.int32()),  # filled lines below the header, counted on the sheets themselves
        ("definitions", pa.string()),
    ]
)


@dataclass
class ParsedFile:
    """What one file says. ``findings`` is empty when the file may be used."""

    form: Form | None = None
    findings: list[Finding] = field(default_factory=list)
    parsed: ParsedTable = field(default_factory=ParsedTable)
    county_code: str | None = None
    county_names: list[str] = field(default_factory=list)
    school_id: str | None = None
    rows_in: int = 0

    def tables(self, file_sha256: str, source: str, year: int, definitions: str) -> dict[str, pa.Table]:
        """Return the file's rows of every bronze table, each with the file's hash first."""
        contents = Contents(source, year, definitions)
        contents.add(file_sha256, self)
        return contents.tables()


class Contents:
    """The rows of several files of one source and year, table by table."""

    def __init__(self, source: str, year: int, definitions: str):
        self._source, self._year, self._definitions = source, year, definitions
        self._files: list[str] = []
        self._tables: dict[str, list[pa.Table]] = {}
        self._records: list[dict[str, Any]] = []

    def add(self, file_sha256: str, file: ParsedFile) -> None:
        """Take in one more file."""
        self._files.append(file_sha256)
        for name, table in file.parsed.tables(self._source).items():
            self._tables.setdefault(name, []).append(table)
        self._records.append(
            {
                "source": self._source,
                "year": self._year,
                "file_sha256": file_sha256,
                "form": file.form.id if file.form else None,
                "findings": json.dumps([f.as_dict() for f in file.findings], ensure_ascii=False),
                "school_id": file.school_id,
                "county_code": file.county_code,
                "county_names": file.county_names,
                "rows_in": file.rows_in,
                "definitions": self._definitions,
            }
        )

    def tables(self) -> dict[str, pa.Table]:
        """Return every bronze table, each row with its file's hash first; none where there is no file."""
        if not self._files:
            return {}
        tables = {name: self._owned(parts) for name, parts in self._tables.items()}
        lines = tables.pop("lines")
        return {
            f"{self._source}_lines": lines,
            **tables,
            "parsed_files": pa.Table.from_pylist(self._records, PARSED_FILES),
        }

    def _owned(self, parts: list[pa.Table]) -> pa.Table:
        whole = pa.concat_tables(parts)
        owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        columns = [
            pa.repeat(pa.scalar(self._source, pa.string()), len(whole)),
            pa.repeat(pa.scalar(self._year, pa.int32()), len(whole)),
            pa.array(self._files, pa.string()).take(owners),
        ]
        return pa.table([*columns, *whole.columns], schema=pa.schema([*OWNER, *whole.schema]))


def read_file(content: bytes, source: str, year: int, secret: bytes) -> ParsedFile:
    """Read a file delivered for ``source`` and ``year``; never raises for what a file may hold.

    ``secret`` is what persons' numbers are hashed with.
    """
    try:
        grids = open_grids(content)
        return _read_workbook(grids, source, year) if _is_workbook(grids) else _read_list(grids, source, year, secret)
    except Refused as refused:
        return ParsedFile(findings=list(refused.findings))
    except (MemoryError, ImportError):  # of this machine or this installation: the file is not to blame
        raise
    except Exception as error:  # a file that nobody thought of must not end the night
        return ParsedFile(findings=[Finding("reader_failed", found=f"{type(error).__name__}: {error}"[:200])])


def _is_workbook(grids: list[Grid]) -> bool:
    return any(workbook_layout.sheet_number(grid) for grid in grids)


def _read_workbook(grids: list[Grid], source: str, year: int) -> ParsedFile:
    name = next((n for n in sources()[source] if n.endswith("workbook")), None)
    if name is None:
        for other in sources():
            of_other = next((n for n in sources()[other] if n.endswith("workbook")), None)
            if of_other and (form := load_form(of_other, year)):
                expected = f"landing/{other}/{year}/"
                raise Refused(Finding("form_of_another_source", found=form.title_zh, expected=expected))
        raise Refused(
            Finding(
                "not_this_form", found=", ".join(g.title for g in grids[:5]), expected=" / ".join(sources()[source])
            )
        )
    declared = load_form(name, year)
    if declared is None or not declared.is_complete:
        raise Refused(Finding("no_form_for_year", found=str(year), expected=known_years(name)))
    cover = next((g for g in grids if workbook_layout.sheet_number(g) == declared.identity_sheet), grids[0])
    year_findings = _check_year(cover.cells[:8], cover.title, year)
    parsed, findings = workbook_layout.read(declared, grids)
    reading = ParsedFile(declared, year_findings + findings, parsed, rows_in=_rows_below(grids, parsed.first_lines))
    identity = parsed.identity
    reading.county_code = identity.get("county_code")
    reading.county_names = [identity["county_name"]] if identity.get("county_name") else []
    if is_school_id(identity.get("school_id", "")):
        reading.school_id = identity["school_id"]
    elif "school_id" in identity:
        reading.findings.append(
            Finding("bad_school_id", cover.title, _address(parsed, "school_id"), identity["school_id"])
        )
    if parsed.columns and not reading.findings:
        reading.findings += _identity_findings(parsed, cover.title)
    return reading


def _identity_findings(parsed: ParsedTable, sheet: str) -> list[Finding]:
    """A workbook whose cover form lacks what decides scope can't be used at all."""
    wanted = [
        m
        for m in ("school_type", "counts_as_school")
        if m in parsed.identity and not words()[m].get(parsed.identity[m])
    ]
    return [
        Finding(
            "word_not_known" if parsed.identity[m] else "required_field_missing",
            sheet,
            _address(parsed, m),
            parsed.identity[m],
            _known_words(m) if parsed.identity[m] else m,
        )
        for m in wanted
    ]


def _known_words(measure: str) -> str:
    return "、".join(spellings()[measure].values())


def _address(parsed: ParsedTable, measure: str) -> str:
    return next((f"{p[4]}{p[3]}" for p in parsed.cell_locations if p[1] == measure), "")


@dataclass
class _Candidate:
    """A form that a list may be: where its table stands, how many of its columns do, how many required ones do not."""

    form: Form
    tables: list[Any]
    present: int
    missing: int


def _likeliest_form(grids: list[Grid], source: str, year: int) -> _Candidate | None:
    best: _Candidate | None = None
    found: dict[tuple[str, ...], list[Any]] = {}
    for form in _lists_of(source, year):
        wanted = list_layout.key_columns(form)
        tables = found[wanted] = found[wanted] if wanted in found else list_layout.find_tables(wanted, grids)
        if not tables:
            continue
        headings = set(tables[0][2])
        required = [f.heading for f in form.fields if f.required == "yes"]
        missing = sum(r not in headings and not _has_other_name(form, r, headings) for r in required)
        candidate = _Candidate(form, tables, sum(f.heading in headings for f in form.fields), missing)
        if best is None or (-candidate.missing, candidate.present) > (-best.missing, best.present):
            best = candidate
    return best


def _lists_of(source: str, year: int) -> list[Form]:
    return [form for name in sources()[source] if (form := load_form(name, year)) and form.layout == "list"]


def _refuse_another_sources(grids: list[Grid], source: str, year: int, own: _Candidate | None) -> None:
    """Raise where a file that is no whole form of its folder's source is one of another source."""
    for other in sources():
        if other == source:
            continue
        likely = _likeliest_form(grids, other, year)
        if likely and not likely.missing and likely.present > (own.present if own else 0):
            raise Refused(
                Finding("form_of_another_source", found=likely.form.title_zh, expected=f"landing/{other}/{year}/")
            )


def _read_list(grids: list[Grid], source: str, year: int, secret: bytes) -> ParsedFile:
    best = _likeliest_form(grids, source, year)
    if best is None or best.missing:
        _refuse_another_sources(grids, source, year, best)
    if best is None:
        forms = _lists_of(source, year)
        if not forms:
            years = "; ".join(known_years(n) for n in sources()[source])
            raise Refused(Finding("no_form_for_year", found=str(year), expected=years))
        seen = "; ".join(" ".join(t for t in map(label, line) if t)[:60] for g in grids for line in g.cells[:3])
        keys = " / ".join(sorted({f.column for form in forms for f in form.fields if f.measure == form.key_measure}))
        raise Refused(Finding("not_this_form", found=seen[:200], expected=f"{keys} / 表号"))
    declared, tables = best.form, best.tables
    if len(tables) > 1:
        raise Refused(Finding("list_on_several_sheets", found="、".join(grid.title for grid, _, _ in tables)))
    ((grid, lines, paths),) = tables
    findings = _check_year(grid.cells[: lines.start], grid.title, year) if not is_cumulative(source) else []
    parsed, shape_findings = list_layout.read(declared, grid, lines, paths, secret)
    for other in grids:
        if other is not grid:
            workbook_layout.ignore_sheet(parsed, other)
    rows_in = _rows_below(grids, {id(grid): lines.stop})
    reading = ParsedFile(declared, findings + shape_findings, parsed, rows_in=rows_in)
    if "all.county_name" in parsed.columns:
        names_found = zip(parsed.kinds, parsed.columns["all.county_name"].to_pylist(), strict=True)
        reading.county_names = sorted({name for kind, name in names_found if kind == "data" and name})
    return reading


def _rows_below(grids: list[Grid], first_lines: dict[int, int]) -> int:
    """Count filled lines on the sheets themselves: what every row's outcome must add up to."""
    return sum(any(map(label, line)) for grid in grids for line in grid.cells[first_lines.get(id(grid), 0) :])


def _has_other_name(declared: Form, path: str, paths: set[str]) -> bool:
    """Tell whether the measure of ``path`` stands in the file under another declared name."""
    keys = {f.figure for f in declared.fields if f.heading == path}
    return any(f.heading in paths for f in declared.fields if f.figure in keys)


def stated_year(lines: list[list[Any]]) -> tuple[int | None, str]:
    """Return the census year that a title states and the cell it stands in, or (None, '')."""
    for pattern in conventions().stated_year:
        for i, line in enumerate(lines):
            for c, cell in enumerate(line):
                if cell and (match := pattern.search(label(cell))):
                    return int(match.group(1)), cell_address(i, c)
    return None, ""


def _check_year(lines: list[list[Any]], sheet: str, year: int) -> list[Finding]:
    stated, cell = stated_year(lines)
    return [] if stated in (None, year) else [Finding("wrong_year", sheet, cell, str(stated), str(year))]
