"""Column header paths: several header rows, merged or not, become one path per column.

``小学 | 班数 | 合计`` over three rows, the first two spanning several columns, names the column
``小学/班数/合计``. A blank header cell takes its merged area's text. Where a sheet has no merged cells
(a CSV saved from one), it takes the nearest heading to its left that has something below it and
stands under the same parent; a heading with nothing below it is a column of its own.
"""

import re
from functools import lru_cache

from extract.common.text import label
from extract.reading.readers import Grid

_Cell = tuple[int, int]


def header_paths(grid: Grid, lines: range, skip: re.Pattern[str] | None = None) -> list[str]:
    """Return one path per column, '' where a column has no header of its own.

    Args:
        grid: the sheet.
        lines: the 0-based header lines.
        skip: compiled pattern of texts that are no header (the title block), or None.
    """
    width = max((len(grid.cells[line]) for line in lines), default=0)
    texts = tuple(tuple(_text(grid, line, column, skip) for column in range(width)) for line in lines)
    merges = tuple(area for area in grid.merges if area[0][0] in lines)
    return list(_paths(texts, lines.start, merges))


@lru_cache(maxsize=256)  # the lists of a nation have the same few headers
def _paths(texts: tuple[tuple[str, ...], ...], start: int, merges: tuple[tuple[_Cell, _Cell], ...]) -> tuple[str, ...]:
    """Return the path of each column, from its texts line by line, and the merged areas that begin in these lines."""
    width = len(texts[0]) if texts else 0
    anchors = {
        (line - start, column): (top[0] - start, top[1])
        for top, bottom in merges
        for line in range(top[0], min(bottom[0] + 1, start + len(texts)))
        for column in range(top[1], bottom[1] + 1)
    }
    last_own = [max((i for i in range(len(texts)) if texts[i][c]), default=-1) for c in range(width)]
    paths: list[list[tuple[int, int] | None]] = []
    for column in range(width):
        path: list[tuple[int, int] | None] = []
        for i in range(len(texts)):
            anchor: tuple[int, int] | None = None
            if texts[i][column]:
                anchor = (i, column)
            elif merges:
                at = anchors.get((i, column), (i, column))
                anchor = at if texts[at[0]][at[1]] else None
            elif i < last_own[column]:
                group = next(
                    (p for c, p in zip(reversed(last_own[:column]), reversed(paths), strict=True) if c > i), None
                )
                anchor = group[i] if group and group[:i] == path else None
            path.append(anchor)
        paths.append(path)
    return tuple("/".join(texts[i][c] for i, c in dict.fromkeys(a for a in path if a)) for path in paths)


def _text(grid: Grid, line: int, column: int, skip: re.Pattern[str] | None) -> str:
    row = grid.cells[line]
    text = label(row[column]) if column < len(row) else ""
    return "" if skip is not None and skip.search(text) else text
