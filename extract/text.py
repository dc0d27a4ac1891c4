"""Text as people type it, reduced to what a form definition can be matched against."""

import re
import unicodedata
from functools import lru_cache

_BLANKS = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\ufeff\x00]+")


def plain(value: object) -> str:
    """Return the cell as text: whole numbers without ``.0``, dates as ISO, blanks as ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value if isinstance(value, str) else str(value)


def label(value: object) -> str:
    """Return the cell as a label to compare: half-width, without any blank or invisible mark."""
    return _label(plain(value))


@lru_cache(maxsize=1 << 16)  # a file's words are those of every other file
def _label(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text))


def column_letter(index: int) -> str:
    """Return the spreadsheet letter of a 0-based column: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_address(line: int, column: int) -> str:
    """Return the spreadsheet address of a 0-based line and column: (5, 8) → I6."""
    return f"{column_letter(column)}{line + 1}"
