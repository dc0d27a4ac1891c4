"""Addresses of cells as a spreadsheet shows them, and what a cell must not become there."""

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

# A cell that begins like this is run as a formula by some spreadsheet.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Before it, none does.
GUARD = "'"


def column_letter(index: int) -> str:
    """Return the letter of a 0-based column: 0 → A, 26 → AA."""
    return xl_col_to_name(index)


def cell_address(line: int, column: int) -> str:
    """Return the address of a 0-based line and column: (5, 8) → I6."""
    return xl_rowcol_to_cell(line, column)


def harmless(cell: object) -> object:
    """Keep a spreadsheet from running a cell that came in from outside as a formula."""
    return f"{GUARD}{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
