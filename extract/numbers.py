"""Cells to numbers, as written by hand: full-width digits, thousands separators, dashes for nothing.

A cell ends in exactly one of three states: a number, a blank (nothing reported), or a problem
(``not_a_number``). Missing is never 0.
"""

import pyarrow as pa
import pyarrow.compute as pc

# What people write for "nothing": after NFKC, so the full-width forms are covered too.
BLANK_WORDS = pa.array(["", "-", "--", "—", "——", "–", "/", "//", "无", "空", "N/A", "n/a", "…", "……"])
_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?$"
_GROUPED = r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$"


def to_numbers(values: list) -> pa.Table:
    """Type a list of raw cells.

    Args:
        values: cells as a reader gives them (float, str, bool, date, None).

    Returns:
        Table of the same length: ``number`` (float64, null when blank or a problem), ``raw_text``
        (string, null when the cell is blank or already a number in the file: its text is the
        number), ``problem`` (``not_a_number`` or null).
    """
    if set(map(type, values)) <= {float, int, type(None)}:
        number = pa.array(values, pa.float64())
        nothing = pa.nulls(len(values), pa.string())
        return pa.table({"number": number, "raw_text": nothing, "problem": nothing})
    native = pa.array([v if type(v) in (float, int) else None for v in values], pa.float64())
    raw_text = pa.array([_text(v) for v in values], pa.string())
    parsed, problem = _parse(raw_text)
    return pa.table({"number": pc.coalesce(native, parsed), "raw_text": raw_text, "problem": problem})


def _text(value: object) -> str | None:
    if type(value) is str:
        return value.replace("\x00", "") or None
    return None if value is None or type(value) in (float, int) else str(value)


def _parse(raw_text: pa.Array) -> tuple[pa.Array, pa.Array]:
    text = pc.utf8_normalize(raw_text, form="NFKC")
    text = pc.replace_substring_regex(text, r"[\s\x{200b}-\x{200f}\x{202a}-\x{202e}\x{feff}]+", "")
    grouped = pc.match_substring_regex(text, _GROUPED)
    text = pc.if_else(grouped, pc.replace_substring(text, ",", ""), text)
    is_number = pc.match_substring_regex(text, _NUMBER)
    number = pc.cast(pc.if_else(is_number, text, None), pa.float64())
    is_blank = pc.is_in(text, BLANK_WORDS)
    is_problem = pc.and_kleene(pc.invert(is_number), pc.invert(is_blank))
    return number, pc.if_else(pc.fill_null(is_problem, False), "not_a_number", None)
