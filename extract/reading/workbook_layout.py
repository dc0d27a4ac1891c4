"""Form A: one workbook per school. A cell counts where its line and column are the declared ones.

Sheets are found by their 表号, whatever their name or place; lines by label and number; columns by
header path. Where a sheet has no header (a block of labels and values), the value is the only
filled cell right of its label that stands under no header of its own.
"""

from itertools import islice
from typing import Any

from extract.common.spreadsheet import cell_address
from extract.common.text import code, label, plain
from extract.definitions.conventions import conventions
from extract.definitions.forms import Field, Form, Sheet
from extract.definitions.vocabulary import stages_of_school_types, words
from extract.reading.header import header_paths
from extract.reading.merged import shared_cells
from extract.reading.parsed_table import Cells, ParsedTable
from extract.reading.readers import Grid
from extract.refusal import Finding, Refused

_TITLE_LINES = 8


def sheet_number(grid: Grid) -> str:
    """Return the 表号 that a sheet states in its first lines, or ''."""
    for line in grid.cells[:_TITLE_LINES]:
        for cell in line:
            match = conventions().sheet_number.match(label(cell)) if cell else None
            if match:
                return match.group(1)
    return ""


def read(form: Form, grids: list[Grid]) -> tuple[ParsedTable, list[Finding]]:
    """Read every declared sheet; return what was found and everything that was not as declared."""
    parsed, findings = ParsedTable(lines=[0], kinds=["data"]), []
    by_number: dict[str, list[Grid]] = {}
    for grid in grids:
        by_number.setdefault(sheet_number(grid), []).append(grid)
    declared = {sheet.sheet: sheet for sheet in form.sheets}
    for grid in grids:
        if sheet_number(grid) not in declared:
            ignore_sheet(parsed, grid)
    cells = Cells()
    ordered = sorted(form.sheets, key=lambda s: s.sheet != form.identity_sheet)
    for sheet in ordered:
        found = by_number.get(sheet.sheet, [])
        if len(found) > 1:
            for grid in found:
                ignore_sheet(parsed, grid)
            findings.append(Finding("sheet_twice", found=", ".join(f"{g.title}={sheet.sheet}" for g in found)))
        elif not found and sheet.required:
            findings.append(
                Finding(
                    "sheet_missing",
                    found=", ".join(sorted(n for n in by_number if n)),
                    expected=f"{sheet.sheet} {sheet.title_zh}",
                )
            )
        elif found:
            findings += _read_sheet(parsed, form, sheet, found[0], cells)
    parsed.add_columns(cells)  # of all sheets at once: Arrow is fast on long columns
    return parsed, findings


def _read_sheet(parsed: ParsedTable, form: Form, sheet: Sheet, grid: Grid, cells: Cells) -> list[Finding]:
    findings = []
    start = _number_line(grid) + 1
    stages = _stages(parsed)
    lines: dict[Field, int] = {}
    for field in form.fields_by_sheet.get(sheet.sheet, []):
        is_optional = field.required == "no" or (field.required == "stage" and field.stage not in stages)
        try:
            line = _find_line(grid, field, start, is_optional)
        except Refused as refused:
            findings += [f for f in refused.findings if f not in findings]
            continue
        if line is not None:
            lines[field] = line
    first = min((line for line in lines.values()), default=start)
    paths = header_paths(grid, range(start - 1, first), conventions().title_block)
    values: dict[Field, list[Any]] = {}
    places: dict[tuple[int, int], Field] = {}
    for field, line in lines.items():
        try:
            column, unit = _find_column(grid, field, line, paths)
            if column is None:
                continue
            cells.factors[field] = parsed.add_place(field, grid, line, column, unit)
        except Refused as refused:
            findings += refused.findings
            continue
        if (line, column) in grid.problems:
            cells.problems[field, 0] = grid.problems[line, column]
        if same := next((f for f in values if f.figure == field.figure), None):
            findings.append(
                Finding(
                    "column_twice",
                    grid.title,
                    cell_address(line, column),
                    f"{same.column}, {field.column}",
                    field.column,
                )
            )
            continue
        values[field] = [_at(grid, line, column)]
        places[line, column] = field
    _share_merged(grid, places, values, cells.problems)
    cells.values |= values
    parsed.first_lines[id(grid)] = first
    if sheet.sheet == form.identity_sheet:
        parsed.identity = {f.measure: code(value) for f, (value,) in values.items()}
    findings += _other_school(parsed, grid, sheet)
    _account_rows(parsed, grid, first, set(lines.values()))
    _ignore_columns(parsed, grid, paths, {f.column for f in values}, first - 1, {*lines.values()})
    return findings


def _share_merged(
    grid: Grid,
    places: dict[tuple[int, int], Field],
    values: dict[Field, list[Any]],
    problems: dict[tuple[Field, int], str],
) -> None:
    """Where a merged area covers several declared cells, what it shows is none's own, unless it is words."""
    lines, columns = {line for line, _ in places}, {column for _, column in places}
    for line, column, shown, holds in shared_cells(
        grid, lines, columns, lambda line, column: places.get((line, column))
    ):
        field = places[line, column]
        values[field] = [shown]
        if not holds:
            problems[field, 0] = "merged_cell"


def _number_line(grid: Grid) -> int:
    for i, texts in enumerate(grid.labels[:_TITLE_LINES]):
        if any(map(conventions().sheet_number.match, texts)):
            return i
    return 0


def _stages(parsed: ParsedTable) -> set[str]:
    """Return the stages that the school must report, by the type its cover form states."""
    code = words()["school_type"].get(parsed.identity.get("school_type", ""), "")
    return stages_of_school_types().get(code, set())


def _find_line(grid: Grid, field: Field, start: int, is_optional: bool) -> int | None:
    """Return the line with the declared label and number; None where an optional one is absent."""
    wanted, number = label(field.line), field.number
    others = []
    for i in range(start, len(grid.cells)):
        texts = grid.labels[i]
        if wanted in texts:
            after = [t for t in texts[texts.index(wanted) + 1 :] if t]
            if not number or (after and _is_number(after[0], number)):
                return i
            others.append(f"{field.line} {after[0] if after else ''} ({cell_address(i, 0)})")
        elif number and _is_number(next(islice(filter(None, texts), 1, None), ""), number):
            others.append(f"{next(t for t in texts if t)} {number} ({cell_address(i, 0)})")
    if is_optional and not others:
        return None
    expected = f"{field.line} {field.number}".strip()
    raise Refused(Finding("line_not_as_declared", grid.title, found="; ".join(others[:3]), expected=expected))


def _is_number(text: str, number: str) -> bool:
    """Tell whether a cell holds a declared line number: 1, 01 and 1.0 are the same line."""
    return text == number or (text.isdecimal() and number.isdecimal() and int(text) == int(number))


def _find_column(grid: Grid, field: Field, line: int, paths: list[str]) -> tuple[int | None, str | None]:
    """Return (column, unit as written) of the field's value on its line."""
    if field.column:
        found = [c for c, path in enumerate(paths) if path == field.heading]
        if len(found) == 1:
            return found[0], None
        if not found and field.required == "no":
            return None, None
        code = "column_twice" if found else "column_not_as_declared"
        seen = ", ".join(cell_address(line, c) for c in found) or ", ".join(p for p in paths if p)
        raise Refused(Finding(code, grid.title, found=seen, expected=field.column))
    texts = grid.labels[line]
    label_column = texts.index(label(field.line))
    filled = [
        c
        for c in range(label_column + 1, len(texts))
        if (texts[c] or (line, c) in grid.problems) and (c >= len(paths) or not paths[c])
    ]
    unit = None
    if field.unit:
        if not filled:
            raise Refused(
                Finding("unit_unknown", grid.title, cell_address(line, label_column + 1), expected=field.line)
            )
        unit = texts[filled[0]]
        label_column, filled = filled[0], filled[1:]
    if len(filled) > 1:
        seen = ", ".join(f"{cell_address(line, c)}={texts[c]}" for c in filled)
        raise Refused(Finding("value_ambiguous", grid.title, cell_address(line, filled[0]), seen, field.line))
    return (filled[0] if filled else _declared_column(field, label_column)), unit


def _declared_column(field: Field, at_least: int) -> int:
    """Return the column of the declared address: where a blank value should have stood."""
    column = 0
    for letter in field.address.rstrip("0123456789"):
        column = column * 26 + ord(letter) - 64
    return max(column - 1, at_least + 1)


def _other_school(parsed: ParsedTable, grid: Grid, sheet: Sheet) -> list[Finding]:
    """Report a sheet whose own 标识码 is not the cover form's."""
    own = parsed.identity.get("school_id", "")
    for i, texts in enumerate(grid.labels[:_TITLE_LINES]):
        for c, text in enumerate(texts):
            match = conventions().sheet_school_id.match(text)
            if match and own and match.group(1) != own:
                return [Finding("another_school_id", grid.title, cell_address(i, c), match.group(1), own)]
    return []


def _account_rows(parsed: ParsedTable, grid: Grid, first: int, declared: set[int]) -> None:
    for i in range(first, len(grid.cells)):
        if any(grid.labels[i]):
            parsed.rows.append((grid.name, i + 1, 0, "data" if i in declared else "undeclared_line"))


def ignore_sheet(parsed: ParsedTable, grid: Grid) -> None:
    """List a sheet that nobody declared and count its lines as non-data."""
    parsed.ignored.append(("sheet", f"{grid.title} {sheet_number(grid)}".strip(), "", True))
    for i, texts in enumerate(grid.labels):
        if any(texts):
            parsed.rows.append((grid.name, i + 1, None, "undeclared_sheet"))


def _ignore_columns(
    parsed: ParsedTable, grid: Grid, paths: list[str], used: set[str], line: int, declared: set[int]
) -> None:
    known = {label(path) for path in used} | {"", "甲", "乙"}
    for column, path in enumerate(paths):
        if path not in known:
            is_filled = any(label(_at(grid, i, column)) for i in declared)
            parsed.ignored.append(("column", path, f"{grid.title}!{cell_address(line, column)}", is_filled))


def _at(grid: Grid, line: int, column: int) -> object:
    row = grid.cells[line]
    value = row[column] if column < len(row) else None
    return value if plain(value) else None
