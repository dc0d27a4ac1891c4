"""A night's reading and checking, split over shards of counties, on as many machines as share the home.

Each shard leaves what it read, and what it found, in a folder of its own under ``build/shards/``: written once, found
again after a kill. The tasks that hold the right to write put the shards together; the outcome is the same, byte for
byte, whatever the number of shards.
"""

import fcntl
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from extract.common.place import is_remote, put, remove
from extract.landing.ledger import Event, Ledger
from junheng.home import Home
from junheng.run_plan import BatchRun


@dataclass(frozen=True)
class Shard:
    """One of several shares of the counties: the ``number``-th, from 0, of ``of``."""

    home: Home
    number: int
    of: int

    @property
    def folder(self) -> Path:
        """What it leaves."""
        return self.home.shards / f"{self.number + 1}-of-{self.of}"

    @property
    def _work(self) -> Path:
        """Where it works on this machine."""
        return self.home.build / "shards" / self.folder.name

    @property
    def bronze(self) -> Path:
        """What it read."""
        return self.folder / "bronze"

    def checked(self, run: Path) -> Path:
        """What it found, checking the batch of a run."""
        return self.folder / "checked" / run.name

    def counties(self, events: list[Event]) -> set[str]:
        """Return its counties: neighbours by their codes, with as many deliveries as the other shards have."""
        deliveries, own, before = Counter(event.county_code for event in events), set(), 0
        for county, number in sorted(deliveries.items()):
            if (before + number // 2) * self.of // len(events) == self.number:
                own.add(county)
            before += number
        return own

    def read(self, full: bool) -> int:
        """Read what is new of its counties; return how many files were read."""
        from extract.bronze import extraction

        events = Ledger(self.home.store).events()
        first, counties = _first_counties(events), self.counties(events)
        own = [event for event in events if first.get(_content(event)) in counties]
        with self._one_writer():
            return extraction.extract_shard(
                own, self.home.store, self.home.bronze, self.bronze, full, lambda done, total: None
            )

    def check(self, run: Path) -> None:
        """Check the lines of its counties, as they stand in a run's folder and in bronze."""
        from expectations import validation_rows
        from expectations.validate import CHECKED, validate_shard
        from expectations.worker import ValidationWorker
        from extract.bronze import mirror
        from extract.bronze.views import connect
        from extract.deliveries.tables import settle_deliveries
        from junheng.settings import settings

        events = Ledger(self.home.store).events()
        found = self._work / "checked" / run.name
        with self._one_writer():
            if _is_checked(self.checked(run)):
                return
            remove(found)
            found.mkdir(parents=True)
            scratch, worker = found / "validation.duckdb", ValidationWorker()
            try:
                worker.start()
                mirror.bring_up_to_date(self.home.bronze, self.home.bronze_here)
                with closing(connect(self.home.bronze_here, str(scratch))) as connection:
                    connection.execute(f"set memory_limit = '{settings().memory}'")
                    settle_deliveries(connection, events, found)
                    validation_rows.find_contested(connection)
                    validate_shard(connection, found, sorted(self.counties(events)), worker)
            finally:
                worker.stop()
            scratch.unlink()
            for name in CHECKED if is_remote(self.folder) else ():
                put(found / f"{name}.parquet", self.checked(run) / f"{name}.parquet")

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """Wait for another try of the same shard to end."""
        self._work.mkdir(parents=True, exist_ok=True)
        with (self._work / "writer.lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def read_by_shards(home: Home) -> list[Path]:
    """Return the folders that shards have read into."""
    return sorted(home.shards.glob("*/bronze"))


def checked_by_shards(home: Home, batch: BatchRun) -> list[Path]:
    """Return the folders that hold what shards found in a run, if together they have looked at every county."""
    folders = sorted(home.shards.glob(f"*/checked/{batch.folder.name}"))
    of = {folder.parents[1].name.partition("-of-")[2] for folder in folders}
    is_whole = len(of) == 1 and len(folders) == int(next(iter(of)))
    return folders if is_whole and all(map(_is_checked, folders)) else []


def clear(home: Home) -> None:
    """Remove what shards have left, once it is put together."""
    remove(home.shards)
    remove(home.build / "shards")


def _is_checked(folder: Path) -> bool:
    from expectations.validate import CHECKED

    return all((folder / f"{name}.parquet").exists() for name in CHECKED)


def _content(event: Event) -> tuple[str, int, str]:
    return event.source, event.year, event.file_sha256


def _first_counties(events: list[Event]) -> dict[tuple[str, int, str], str]:
    """Return the county of each content: the one it was received of first."""
    first: dict[tuple[str, int, str], str] = {}
    for event in events:
        if event.event == "received" and event.year:
            first.setdefault(_content(event), event.county_code)
    return first
