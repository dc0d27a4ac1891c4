"""Lists: one row per school, figure or change; the header path names the column."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from extract.common.spreadsheet import cell_address
from extract.common.text import label
from extract.definitions.conventions import conventions
from extract.definitions.forms import Field, Form
from extract.definitions.vocabulary import stages_of_school_types, words
from extract.reading.header import header_paths
from extract.reading.merged import shared_cells
from extract.reading.parsed_table import Cells, ParsedTable
from extract.reading.readers import HEADER_SEARCH_LINES, Grid
from extract.reading.row_kinds import NUMBER, RowKinds
from extract.refusal import Finding, Refused


def key_columns(form: Form) -> tuple[str, ...]:
    """Return the labels of the columns by which a sheet is recognised."""
    return tuple(f.heading for f in form.fields if f.measure in (form.key_measure, form.second_measure))


def find_tables(wanted: tuple[str, ...], grids: list[Grid]) -> list[tuple[Grid, range, list[str]]]:
    """Return (sheet, header lines, header paths) of every sheet that has the wanted columns."""
    return [table for grid in grids if (table := _find_table(wanted, grid))]


def _find_table(wanted: tuple[str, ...], grid: Grid) -> tuple[Grid, range, list[str]] | None:
    for i, line in enumerate(grid.cells[:HEADER_SEARCH_LINES]):
        texts = [label(cell) for cell in line]
        if any(w in texts for w in wanted):
            lines = _header_lines(grid, i, [texts.index(w) for w in wanted if w in texts])
            paths = header_paths(grid, lines)
            if all(w in paths for w in wanted):
                return grid, lines, paths
    return None


def _header_lines(grid: Grid, at: int, key_columns: list[int]) -> range:
    """Return the header's lines: around ``at``, down to the first line that fills a key column."""
    start = at
    while (
        start
        and sum(bool(label(c)) for c in grid.cells[start - 1]) >= 3
        and not any(_text(grid, start - 1, c) for c in key_columns)
    ):
        start -= 1
    end = max([bottom[0] for top, bottom in grid.merges if top[0] == at and top[1] in key_columns], default=at) + 1
    if end == at + 1 and not any(top[0] in (at, start) for top, _ in grid.merges):
        while end < len(grid.cells) and _continues_header(grid.cells[end], key_columns):
            end += 1
    return range(start, end)


def _continues_header(row: list[Any], key_columns: list[int]) -> bool:
    """Tell whether a line still belongs to the header: words only, none of them in a key column."""
    texts = [label(cell) for cell in row]
    is_filled_key = any(column < len(texts) and texts[column] for column in key_columns)
    first = next(filter(None, texts), "")
    rules = conventions()
    # 合计 may name a column as well as a total row: only the latter has numbers beside it.
    is_said = any(pattern.match(first) for pattern in (rules.explaining_row, rules.signature_row, rules.note_row))
    return bool(first) and not is_filled_key and not is_said and not any(NUMBER.match(t) for t in texts)


def read(form: Form, grid: Grid, lines: range, paths: list[str], secret: bytes) -> tuple[ParsedTable, list[Finding]]:
    """Read every declared column of every data row; persons are hashed with the secret."""
    parsed = ParsedTable(secret=secret)
    findings: list[Finding] = []
    columns = _columns(form, grid, lines, paths, findings)
    data = []
    kinds = RowKinds(grid, lines, columns, form.key_measure, form.second_measure)
    for i in range(lines.stop, len(grid.cells)):
        kind = kinds.of(i)
        if kind:
            is_kept = kind in ("data", "total")
            parsed.rows.append((grid.name, i + 1, i + 1 if is_kept else None, kind))
            if is_kept:
                data.append(i)
                parsed.kinds.append(kind)
    parsed.lines = [i + 1 for i in data]
    findings += _missing_for_stages(form, columns, grid, data, lines)
    factors = {}
    for field in columns:
        try:
            if field.measure:
                factors[field] = parsed.add_place(field, grid, None, columns[field])
        except Refused as refused:
            findings += refused.findings
    by_column = list(zip_longest(*(grid.cells[i] for i in data)))
    nothing = (None,) * len(data)
    for column, path in enumerate(paths):
        if path and column not in columns.values():
            is_filled = any(map(label, by_column[column])) if column < len(by_column) else False
            parsed.ignored.append(("column", path, f"{grid.title}!{cell_address(lines.stop - 1, column)}", is_filled))
    values: dict[Field, Sequence[Any]] = {
        f: by_column[columns[f]] if columns[f] < len(by_column) else nothing for f in factors
    }
    problems = _problems(grid, data, {f: columns[f] for f in factors})
    _share_merged(grid, data, parsed.kinds, {columns[f]: f for f in factors}, values, problems)
    parsed.add_columns(Cells(values, factors, problems))
    return parsed, findings


def _share_merged(
    grid: Grid,
    data: list[int],
    kinds: list[str],
    columns: dict[int, Field],
    values: dict[Field, Sequence[Any]],
    problems: dict[tuple[Field, int], str],
) -> None:
    """Give every row what a merged area shows there; where it can't be the row's own, it is a problem."""
    positions = {line: i for i, (line, kind) in enumerate(zip(data, kinds, strict=True)) if kind == "data"}
    for line, column, shown, holds in shared_cells(grid, positions, columns, lambda _, column: columns[column]):
        field, i = columns[column], positions[line]
        own = values[field]
        if not isinstance(own, list):
            own = values[field] = [*own]
        own[i] = shown
        if not holds:
            problems[field, i] = "merged_cell"


def _problems(grid: Grid, data: list[int], columns: dict[Field, int]) -> dict[tuple[Field, int], str]:
    """Return (field, position among the data lines) → what the reader found there instead of a value."""
    if not grid.problems:
        return {}
    positions, fields = {line: i for i, line in enumerate(data)}, {column: f for f, column in columns.items()}
    return {
        (fields[c], positions[line]): what
        for (line, c), what in grid.problems.items()
        if line in positions and c in fields
    }


def _columns(form: Form, grid: Grid, lines: range, paths: list[str], findings: list[Finding]) -> dict[Field, int]:
    """Match declared columns to the header; report what is missing or twice."""
    found: dict[Field, int] = {}
    by_key: dict[tuple[str, str], Field] = {}
    by_path: dict[str, list[int]] = {}
    for column, path in enumerate(paths):
        by_path.setdefault(path, []).append(column)
    line = lines.stop - 1
    for field in form.fields:
        places = by_path.get(field.heading, [])
        same = by_key.get(field.figure) if field.measure else None
        if len(places) > 1 or (places and same):
            both = [*places, *([found[same]] if same else [])]
            findings.append(
                Finding(
                    "column_twice",
                    grid.title,
                    cell_address(line, places[0]),
                    ", ".join(cell_address(line, c) for c in both),
                    field.column,
                )
            )
        elif places:
            found[field] = places[0]
            by_key[field.figure] = field
    have = {f.figure for f in found if f.measure}
    seen = ", ".join(p for p in paths if p)[:300]
    missing = {f.figure: f for f in form.fields if f.required == "yes" and f.figure not in have}
    findings += [Finding("column_not_as_declared", grid.title, found=seen, expected=f.column) for f in missing.values()]
    return found


def _missing_for_stages(
    form: Form, columns: dict[Field, int], grid: Grid, data: list[int], lines: range
) -> list[Finding]:
    """Report columns of a stage that some school of the list must report."""
    type_column = next((c for f, c in columns.items() if f.measure == "school_type"), None)
    if type_column is None:
        return []
    known = words()["school_type"]
    types = {known.get(_text(grid, i, type_column)) for i in data}
    stages = set().union(*(stages_of_school_types().get(t, set()) for t in types if t))
    have = {f.figure for f in columns}
    missing = {f.figure: f for f in form.fields if f.required == "stage" and f.stage in stages and f.figure not in have}
    return [
        Finding("column_not_as_declared", grid.title, cell_address(lines.stop - 1, 0), f"{len(columns)} 列", f.column)
        for f in missing.values()
    ]


def _text(grid: Grid, line: int, column: int) -> str:
    row = grid.cells[line]
    return label(row[column]) if column < len(row) else ""
