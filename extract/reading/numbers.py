"""Cells to numbers, as written by hand: full-width digits, thousands separators, dashes for nothing.

A cell ends in exactly one of three states: a number, a blank (nothing reported), or a problem
(``not_a_number``, or ``two_figures`` where blanks part digits that they do not group by threes).
Missing is never 0.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

# What people write for "nothing": after NFKC, so the full-width forms are covered too.
BLANK_WORDS = frozenset(["", "-", "--", "—", "——", "–", "/", "//", "无", "空", "N/A", "n/a", "…", "……"])
_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?$"
_NATIVE = {float, int, type(None)}
# Numbers that, read and written again, are the same text.
_PLAIN = r"^(0|-?[1-9]\d{0,14}|-?(0|[1-9]\d{0,8})\.\d{0,3}[1-9])$"
# Groups of three, parted by commas or by single blanks: "1,234,567", "12 000". Any other blank parts two figures.
_GROUPED = r"^[-+]?\d{1,3}((,\d{3})+|( \d{3})+)(\.\d+)?$"
_PARTED = r"^[-+]?[\d.,]*\d[\d.,]*\s[\d.,\s]*$"
_UNSEEN = r"[\x{200b}-\x{200f}\x{202a}-\x{202e}\x{feff}]+"
_GUARD = r"""^(="([^"]*)"|'(.+))$"""


def to_numbers(values: list[Any]) -> pa.Table:
    """Type a list of raw cells.

    Args:
        values: cells as a reader gives them (float, str, bool, date, None).

    Returns:
        Table of the same length: ``number`` (float64, null when blank or a problem), ``raw_text``
        (string, null where nothing stands or where the number itself, written plainly, is what
        stands there), ``problem`` (``not_a_number`` or null).
    """
    # What is no number, and yet of their type, is read as the text that says so.
    values = [None if v == "" else v if v == v else "NaN" for v in values]
    types = set(map(type, values))
    if types <= _NATIVE:
        number = pa.array(values, pa.float64())
        nothing = pa.nulls(len(values), pa.string())
        return pa.table({"number": number, "raw_text": nothing, "problem": nothing})
    texts = pa.array([_text(v) for v in values] if types - {str, type(None)} else values, pa.string())
    typed = _typed(texts)
    if types <= {str, type(None)}:
        return typed
    native = pa.array([v if type(v) in _NATIVE else None for v in values], pa.float64())
    return typed.set_column(0, "number", pc.coalesce(native, typed["number"]))


def _typed(texts: pa.Array) -> pa.Table:
    """Type texts, each that stands there many times once."""
    encoded = pc.replace_substring(texts, "\x00", "").dictionary_encode()
    raw_text = encoded.dictionary
    is_plain = pc.match_substring_regex(raw_text, _PLAIN)
    is_odd = pc.invert(is_plain)
    odd_number, odd_problem = _parse(raw_text.filter(is_odd))
    number = pc.cast(pc.if_else(is_plain, raw_text, None), pa.float64())
    typed = pa.table(
        {
            "number": pc.replace_with_mask(number, is_odd, odd_number),
            "raw_text": pc.if_else(is_plain, None, raw_text),
            "problem": pc.replace_with_mask(pa.nulls(len(raw_text), pa.string()), is_odd, odd_problem),
        }
    )
    return typed.take(encoded.indices)


def _text(value: object) -> str | None:
    return value if type(value) is str else None if type(value) in _NATIVE else str(value)


def _parse(raw_text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return (number, problem) of texts that are not plain numbers."""
    text = pc.utf8_normalize(raw_text, form="NFKC")
    text = pc.replace_substring_regex(pc.replace_substring(text, "_x000D_", "\n"), _UNSEEN, "")
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(pc.utf8_trim_whitespace(text), _GUARD, r"\2\3"))
    text = pc.replace_substring_regex(text, r"^([-+])\s+", r"\1")
    grouped = pc.match_substring_regex(text, _GROUPED)
    text = pc.if_else(grouped, pc.replace_substring_regex(text, "[, ]", ""), text)
    is_number = pc.match_substring_regex(text, _NUMBER)
    number = pc.cast(pc.if_else(is_number, text, None), pa.float64())
    is_blank = pc.is_in(pc.replace_substring_regex(text, r"\s+", ""), pa.array(sorted(BLANK_WORDS)))
    is_problem = pc.fill_null(pc.and_kleene(pc.invert(is_number), pc.invert(is_blank)), False)
    problem = pc.if_else(pc.match_substring_regex(text, _PARTED), "two_figures", "not_a_number")
    return number, pc.if_else(is_problem, problem, None)
