"""What a run takes in."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Selection:
    """What this run takes in: counties and years of the drop folder (empty: all)."""

    counties: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()
    full: bool = False
    as_of: str | None = None

    def at(self) -> str:
        """Return the receipt time of this run in UTC, ISO 8601."""
        if self.as_of:
            return dt.datetime.fromisoformat(self.as_of).replace(tzinfo=dt.UTC).isoformat()
        return dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
