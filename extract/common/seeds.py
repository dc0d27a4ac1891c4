"""The seeds of the dbt project: rules, places, plans and words, as tables that people edit."""

import csv
from functools import cache
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return a small definition file as one dict per line, everything as text."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def seed_path(name: str) -> Path:
    """Return where a seed lies, in whichever group.

    Raises:
        FileNotFoundError: there is no such seed.
    """
    found = next(SEEDS.glob(f"*/{name}.csv"), None)
    if found is None:
        raise FileNotFoundError(f"{SEEDS}/*/{name}.csv")
    return found


def seed(name: str) -> list[dict[str, str]]:
    """Return the lines of a seed."""
    return read_csv(seed_path(name))
