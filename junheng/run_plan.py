"""Which runs there are to do. A run is named by what goes into it, so the same inputs are the same run."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, groupby
from pathlib import Path

from extract.definitions.forms import definitions_digest, sources
from extract.landing.ledger import Event, Ledger
from junheng.home import PROJECT, Home

# What makes a warehouse of the deliveries, besides how they are read: if any of it changes, so does the run.
_MADE_BY = (
    "requirements.lock",
    "extract/refusals.yml",
    "extract/deliveries/*.py",
    "extract/bronze/views.py",
    "extract/sources/*/*.yml",
    "expectations/*",
    "publish/comments.py",
    "publish/dictionary.json",
    "publish/warehouse.py",
    "dbt_project/*.yml",
    "dbt_project/seeds/*/*.csv",
    "dbt_project/[ms]*/**/*.sql",
    "dbt_project/models/**/*.yml",
    "dbt_project/snapshots/*.yml",
)
RUNS = "*-????????"  # a folder per run, under build/


@cache
def rules_digest() -> str:
    """Return a digest of everything but deliveries that makes a warehouse: a process works by what it began with."""
    digest = hashlib.sha256("".join(map(definitions_digest, sources())).encode())
    for pattern in _MADE_BY:
        for path in sorted(path for path in PROJECT.glob(pattern) if path.is_file()):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def run_folder(home: Home, events: list[Event]) -> Path:
    """Return the folder of the run over these receipts, named by what goes in: same inputs, same run."""
    return _run_folders(home, [events])[0]


def _run_folders(home: Home, batches: Iterable[list[Event]]) -> list[Path]:
    """Return the folder of the run over all receipts up to each batch; each receipt is looked at once."""
    receipts, last, folders = hashlib.sha256(), "", []
    for events in batches:
        for event in events:
            receipts.update(repr(event).encode())
            last = max(last, event.at)
        run = receipts.copy()
        run.update(rules_digest().encode())
        folders.append(home.build / f"{last[:19].replace(':', '').replace('-', '')}-{run.hexdigest()[:8]}")
    return folders


def published_run(home: Home) -> Path | None:
    """Return the folder of the run that is published, if its warehouse is still as it was built."""
    return next(
        (folder for folder in home.build.glob(RUNS) if is_published(home, folder) and is_as_built(folder)), None
    )


def is_as_built(run: Path) -> bool:
    """Tell whether a run's warehouse is there and nobody has touched it since."""
    warehouse, built = run / "junheng.duckdb", run / "built"
    return warehouse.exists() and built.exists() and built.read_text() == state_of(warehouse)


def state_of(file: Path) -> str:
    """Return size and time of a file, by which a change of it is seen."""
    return f"{file.stat().st_size} {file.stat().st_mtime_ns}"


@dataclass(frozen=True)
class BatchRun:
    """One batch of receipts to take into the history: the run over all that was received up to it."""

    events: list[Event]
    folder: Path


def runs_to_do(home: Home, full: bool) -> tuple[Path | None, list[BatchRun]]:
    """Return the run to go on from, and the runs to do; the folder of every other run goes.

    Args:
        home: the installation.
        full: build everything anew.
    """
    from publish import warehouse

    events = Ledger(home.store).events()
    received = [(batch, list(own)) for batch, own in groupby(events, key=lambda event: event.batch)]
    known_by = accumulate(len(own) for _, own in received)
    folders = _run_folders(home, (own for _, own in received))
    batches = [
        (batch, BatchRun(events[:count], folder))
        for (batch, _), count, folder in zip(received, known_by, folders, strict=True)
    ]
    published = None if full else published_run(home)
    known = warehouse.last_batch(home.warehouse) if published else 0
    built = set() if full else {batch for batch, run in batches if is_as_built(run.folder)}
    previous, to_do = choose(batches, published, known, built)
    for old in home.build.glob(RUNS):
        if old != previous and not is_published(home, old):
            shutil.rmtree(old)
    return previous, to_do


def choose(
    batches: list[tuple[int, BatchRun]], published: Path | None, known: int, built: set[int]
) -> tuple[Path | None, list[BatchRun]]:
    """Return the run to go on from, and one run for each batch of receipts that it does not know.

    History is a function of the receipts: each batch is one run, however many nights it took, and a warehouse that is
    lost or to be built anew walks them all again. If the rules changed, the last run is done again. What a killed run
    finished of several batches is not done twice.

    Args:
        batches: number and run of each batch, oldest first.
        published: the run that is published as it was built; None: none, or all is to be built anew.
        known: the last batch that it knows.
        built: the batches whose run lies finished on disk.
    """
    finished = [(run.folder, batch) for batch, run in batches if batch > known and batch in built]
    previous, last = max(finished, key=lambda item: item[1], default=(published, known))
    to_do = [run for batch, run in batches if batch > last]
    return previous, to_do or [run for _, run in batches[-1:] if run.folder != previous]


def is_published(home: Home, run: Path) -> bool:
    """Tell whether the published warehouse is the one that this run built."""
    built = run / "junheng.duckdb"
    return built.exists() and home.warehouse.exists() and built.samefile(home.warehouse)
