"""Text as people type it, reduced to what a form definition can be matched against."""

import re
import unicodedata
from functools import lru_cache

# Blanks and marks nobody sees; _x000D_ is how some exporters write the carriage return of Alt+Enter.
_BLANKS = re.compile(r"(?:[\s\u200b-\u200f\u202a-\u202e\ufeff\x00]|_x000D_)+")
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\ufeff\x00]+")
_LINE_BREAKS = re.compile(r"\s*(?:[\r\n\v\f\u2028\u2029]|_x000D_)+\s*")
# What people and programs write before a code in a .csv, so that no spreadsheet takes it for a number.
_GUARDED = re.compile(r"""(?:="(?P<quoted>[^"]*)"|'(?P<marked>.+))""", re.DOTALL)


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
    return _label(value if type(value) is str else plain(value))


@lru_cache(maxsize=1 << 16)  # a file's words are those of every other file
def _label(text: str) -> str:
    return unguarded(_BLANKS.sub("", unicodedata.normalize("NFKC", text)))


def one_line(text: str) -> str:
    """Return a text without line breaks, guards, marks nobody sees and outer blanks: a name broken over two lines in
    its cell is one name.
    """
    text = unguarded(_UNSEEN.sub("", text).strip())
    return (
        _LINE_BREAKS.sub(lambda gap: " " if _between_latin(text, gap) else "", text).strip()
        if _LINE_BREAKS.search(text)
        else text
    )


def _between_latin(text: str, gap: re.Match[str]) -> bool:
    around = text[gap.start() - 1 : gap.start()] + text[gap.end() : gap.end() + 1]
    return len(around) == 2 and around.isascii()


def unguarded(text: str) -> str:
    """Return what stands behind ``="…"`` or a leading apostrophe: a guard that keeps spreadsheets from taking a code
    for a number.
    """
    if text[:1] not in ("=", "'"):
        return text
    match = _GUARDED.fullmatch(text)
    return text if match is None else match["quoted"] if match["marked"] is None else match["marked"]


_WHOLE = re.compile(r"(\d+)\.0+")


def code(value: object) -> str:
    """Return the cell as a code: as a label, and without the ``.0`` of programs that kept it as a number."""
    text = label(value)
    match = _WHOLE.fullmatch(text)
    return match[1] if match else text
