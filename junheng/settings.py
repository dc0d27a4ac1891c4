"""Where everything lives: one root, ``JUNHENG_HOME`` (default ``./data``)."""

import os
from dataclasses import dataclass
from pathlib import Path

from publish.language import say

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    """The folders of one installation."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """Return the home named by ``JUNHENG_HOME``."""
        return cls(Path(os.environ.get("JUNHENG_HOME", "data")).expanduser().resolve())

    @property
    def landing(self) -> Path:
        """People's drop folder: only ever read."""
        return self.root / "landing"

    @property
    def store(self) -> Path:
        """Contents by sha256 and the ledger of receipts: only ever added to."""
        return self.root / "store"

    @property
    def bronze(self) -> Path:
        """Typed cells per source and year."""
        return self.root / "bronze"

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
    def logs(self) -> Path:
        """Logs, one per night, and the append-only record of check results."""
        return self.root / "logs"

    @staticmethod
    def served() -> frozenset[str]:
        """Return where the night brings the marts besides the published file, as ``JUNHENG_SERVE`` lists it: postgres,
        parquet.

        Raises:
            ValueError: it lists something else.
        """
        kinds = frozenset(kind.strip() for kind in os.environ.get("JUNHENG_SERVE", "").split(",") if kind.strip())
        if wrong := kinds - {"postgres", "parquet"}:
            raise ValueError(
                say(
                    f"JUNHENG_SERVE 应为 postgres、parquet 或两者，不是 {'、'.join(sorted(wrong))}。",
                    f"JUNHENG_SERVE: postgres, parquet, or both; not {', '.join(sorted(wrong))}",
                )
            )
        return kinds

    @classmethod
    def server(cls) -> str | None:
        """Return the address of the PostgreSQL server that gets the marts, if the night is to serve one.

        Raises:
            ValueError: ``JUNHENG_SERVE`` asks for a server that nobody named, or for another kind.
        """
        is_wanted = "postgres" in cls.served()
        if is_wanted and not os.environ.get("JUNHENG_POSTGRES"):
            raise ValueError(
                say(
                    "JUNHENG_SERVE=postgres 还需要 JUNHENG_POSTGRES=postgresql://junheng_loader@host/database。",
                    "JUNHENG_SERVE=postgres needs JUNHENG_POSTGRES=postgresql://junheng_loader@host/database as well.",
                )
            )
        return os.environ["JUNHENG_POSTGRES"] if is_wanted else None

    def make(self) -> "Home":
        """Create the folders that do not exist yet."""
        for folder in (
            self.landing,
            self.store,
            self.bronze,
            self.quarantine,
            self.build,
            self.published,
            self.reports,
            self.logs,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        return self
