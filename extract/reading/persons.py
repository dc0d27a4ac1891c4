"""Numbers of persons: never kept, only a keyed hash; a number that lost digits stands for nobody."""

import hmac
import re

from extract.common.text import label
from extract.reading.numbers import BLANK_WORDS

# A spreadsheet keeps 15 digits of a number.
_LARGEST_EXACT = 1e15
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_ID_CARD_ROUNDED = re.compile(r"\d{15}000")
_ID_CARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CARD_CHECKS = "10X98765432"


def digits_lost(cell: object) -> bool:
    """Tell whether a number of a person was kept as a number too long for it: the last digits are gone for good."""
    if isinstance(cell, float):
        return abs(cell) >= _LARGEST_EXACT
    text = label(cell)
    if _SCIENTIFIC.fullmatch(text):
        return True
    # Saved as text only after the digits were lost: 18 digits that end in 000 and do not fit their own check digit.
    return _ID_CARD_ROUNDED.fullmatch(text) is not None and not _fits_its_check_digit(text)


def _fits_its_check_digit(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_CARD_WEIGHTS, strict=False))
    return number[-1] == _ID_CARD_CHECKS[total % 11]


def masked(cell: object) -> str | None:
    """Return how a number was written, without its digits."""
    return re.sub(r"\w", "#", f"{cell:.0f}" if isinstance(cell, float) else label(cell)) or None


def keyed_hash(number: str, secret: bytes) -> str | None:
    """Return a keyed hash (HMAC) of a person's number; the same within this installation only."""
    return None if number in BLANK_WORDS else hmac.new(secret, number.upper().encode(), "sha256").hexdigest()[:32]
