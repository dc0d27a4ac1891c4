"""What follows from the project's files alone is kept in its own target folder, so that the next home takes it over.

Best effort: concurrent runs and a read-only checkout are fine, the cache only saves time.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from junheng.home import PROJECT

_KEPT = PROJECT / "dbt_project" / "target"


def take(own: Path) -> None:
    """Copy what the project keeps under this name, unless it is there or nothing is kept that may be read."""
    if not own.exists() and os.access(_KEPT / own.name, os.R_OK):
        own.parent.mkdir(parents=True, exist_ok=True)
        _copy(_KEPT / own.name, own)


def has(pattern: str) -> bool:
    """Return whether the project keeps a file of this pattern."""
    return any(_KEPT.glob(pattern))


def give(own: Path, others: Iterable[str] = ()) -> None:
    """Keep a copy for the next home; files of the patterns ``others`` are of no use any more and go."""
    with contextlib.suppress(OSError):
        _KEPT.mkdir(exist_ok=True)
        for old in (path for pattern in others for path in _KEPT.glob(pattern)):
            old.unlink(missing_ok=True)
        _copy(own, _KEPT / own.name)
        (_KEPT / own.name).chmod(0o644)  # of the rules alone, for every account that runs this checkout


def _copy(source: Path, target: Path) -> None:
    fresh = target.with_name(f".{os.getpid()}.{target.name}")
    shutil.copyfile(source, fresh)
    fresh.replace(target)
