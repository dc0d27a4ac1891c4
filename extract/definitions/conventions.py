"""What holds for every file, whatever its form (``extract/vocabulary/conventions.yml``)."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extract.definitions.loading import read_yaml

PATH = Path(__file__).resolve().parent.parent / "vocabulary" / "conventions.yml"


@dataclass(frozen=True)
class Conventions:
    """Limits of a file, and the patterns of titles, totals and signatures."""

    limits: dict[str, int]
    sheet_number: re.Pattern[str]
    sheet_school_id: re.Pattern[str]
    title_block: re.Pattern[str]
    stated_year: tuple[re.Pattern[str], ...]
    explaining_row: re.Pattern[str]
    total_row: re.Pattern[str]
    subtotal_row: re.Pattern[str]
    signature_row: re.Pattern[str]
    note_row: re.Pattern[str]


@cache
def conventions() -> Conventions:
    """Return the conventions with their patterns compiled."""
    raw = dict(read_yaml(PATH))
    limits = raw.pop("limits")
    years = tuple(re.compile(p) for p in raw.pop("stated_year"))
    patterns = {k: re.compile("|".join(v) if isinstance(v, list) else v) for k, v in raw.items()}
    return Conventions(limits=limits, stated_year=years, **patterns)
