"""The console that people read: as wide as their terminal, in characters that every Chinese console has."""

import os
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Column, Table

from publish.language import say

ROOMY = 120  # from this width on, tables show their less important columns too


def console(file: TextIO | None = None, width: int | None = None, is_for_errors: bool = False) -> Console:
    """Return a console of the terminal's width; 80 columns in a pipe, unless COLUMNS says otherwise."""
    return Console(file=file, width=width, stderr=is_for_errors, no_color=file is not None or None, highlight=False)


def table(*columns: str | Column, title: str | None = None) -> Table:
    """Return a table drawn in ASCII: other line characters are two cells wide on many Chinese terminals."""
    return Table(*columns, title=title, title_justify="left", box=box.ASCII2)


def folding(heading: str, least: int | None = None) -> Column:
    """Return a column that breaks its texts over lines rather than cut them."""
    return Column(heading, overflow="fold", min_width=least)


def listed(names: list[str], shown: int) -> str:
    """Return names in one line, the first few of many."""
    more = len(names) - shown
    joined = say("、", ", ").join(names[:shown])
    return joined + say(f" 等 {len(names)} 个", f" and {more} more") if more > 0 else joined


def command() -> str:
    """Return how to call junheng on the same data from where this one was called."""
    home = os.environ.get("JUNHENG_HOME")
    return f"JUNHENG_HOME={home} .venv/bin/junheng" if home else ".venv/bin/junheng"
