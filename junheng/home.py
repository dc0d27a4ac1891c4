"""Where everything lives: one root, ``JUNHENG_HOME`` (default ``./data``)."""

import os
from dataclasses import dataclass
from pathlib import Path

from extract.common.place import is_remote, place

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    """The folders of one installation."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """Return the home named by ``JUNHENG_HOME``."""
        # Read without the model of settings: every command asks for it, and most for nothing else.
        return cls(Path(os.environ.get("JUNHENG_HOME", "data")).expanduser().resolve())

    @property
    def landing(self) -> Path:
        """People's drop folder: only ever read."""
        return self.root / "landing"

    @property
    def made(self) -> Path:
        """What commands made for the next night to take in, such as plans; in folders like those of landing."""
        return self.root / "made"

    @property
    def shared(self) -> Path:
        """Where store and bronze lie: here, or in an object store that several machines share."""
        return place(os.environ.get("JUNHENG_SHARED", "") or str(self.root))

    @property
    def store(self) -> Path:
        """Contents by sha256 and the ledger of receipts: only ever added to."""
        return self.shared / "store"

    @property
    def bronze(self) -> Path:
        """Typed cells per source and year."""
        return self.shared / "bronze"

    @property
    def bronze_here(self) -> Path:
        """Bronze as files of this machine, for DuckDB; of an object store it is kept up to date by the night."""
        return self.build / "bronze" if is_remote(self.bronze) else self.bronze

    @property
    def shards(self) -> Path:
        """What shards of a night leave for the night to put together."""
        return self.shared / "shards" if is_remote(self.shared) else self.build / "shards"

    @property
    def quarantine(self) -> Path:
        """Workbooks of rows set aside, for the office to correct."""
        return self.root / "quarantine"

    @property
    def build(self) -> Path:
        """The published run and work in progress; without it the next night walks the whole ledger again."""
        return self.root / "build"

    @property
    def published(self) -> Path:
        """What readers open."""
        return self.root / "published"

    @property
    def warehouse(self) -> Path:
        """The published warehouse."""
        return self.published / "junheng.duckdb"

    @property
    def reports(self) -> Path:
        """Summaries of the last night, for people."""
        return self.root / "reports"

    @property
    def pages(self) -> Path:
        """A page for each county, city and province, to be opened in a browser."""
        return self.reports / "pages"

    @property
    def templates(self) -> Path:
        """Templates of documents, which the office adapts in Word."""
        return self.root / "templates"

    @property
    def documents(self) -> Path:
        """Documents that the office sends or files."""
        return self.reports / "documents"

    @property
    def logs(self) -> Path:
        """Logs, one per night, and the append-only record of check results."""
        return self.root / "logs"

    def make(self) -> "Home":
        """Create the folders that do not exist yet."""
        for folder in (
            self.landing,
            *(() if is_remote(self.shared) else (self.store, self.bronze)),
            self.quarantine,
            self.build,
            self.published,
            self.reports,
            self.logs,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        return self
