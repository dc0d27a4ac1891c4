"""Merged cells below a header: words hold for every cell covered, a figure or a code belongs to nobody."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator

from extract.common.text import label
from extract.definitions.forms import Field
from extract.definitions.vocabulary import measure_kinds
from extract.reading.readers import Grid

_HOLDS_FOR_ALL = ("word", "text")


def shared_cells(
    grid: Grid, lines: Iterable[int], columns: Iterable[int], field_at: Callable[[int, int], Field | None]
) -> Iterator[tuple[int, int, object, bool]]:
    """Yield (line, column, what the area shows, whether it holds there) of every declared cell in a merged area that
    covers more than that cell.

    Args:
        grid: the sheet.
        lines: the lines that hold data.
        columns: the declared columns.
        field_at: what is declared at a line and column, if anything.
    """
    lines, columns = sorted(lines), sorted(columns)
    for top_left, bottom_right in grid.merges:
        covered = [
            (line, column)
            for line in lines[bisect_left(lines, top_left[0]) : bisect_right(lines, bottom_right[0])]
            for column in columns[bisect_left(columns, top_left[1]) : bisect_right(columns, bottom_right[1])]
            if field_at(line, column)
        ]
        shown = _at(grid, *top_left)
        if covered in ([], [top_left]) or not label(shown):
            continue
        for line, column in covered:
            field = field_at(line, column)
            kind = measure_kinds().get(field.measure) if field else None
            yield line, column, shown, column == top_left[1] and kind in _HOLDS_FOR_ALL


def _at(grid: Grid, line: int, column: int) -> object:
    row = grid.cells[line] if line < len(grid.cells) else []
    return row[column] if column < len(row) else None
