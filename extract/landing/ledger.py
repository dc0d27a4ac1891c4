"""The ledger of receipts: what was received, withdrawn and restored, and in which batch.

The ledger is a text file, only ever added to: one JSON line per night that received anything, so that a night killed
while writing leaves either the whole line or nothing. Which file is newer follows from it alone, never from file times,
so history can be rebuilt by replaying it. In an object store, where nothing can be added to a file, each line is a file
named by its batch and written once: of two nights that take in the same batch, one fails.
"""

import difflib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from extract.common.atomic import add_line
from extract.common.place import create, files_with_marks, is_remote

# So many characters of a sha256 name a content.
_PREFIX = 8


@dataclass(frozen=True)
class Event:
    """One entry of the ledger: a file received, a content withdrawn or restored, or a withdrawn file seen to be gone.

    ``batch`` numbers the nights that received anything; ``path`` is relative to the drop folder.
    ``year`` and ``county_code`` are those of the folder; for a misplaced file they are 0 and ''.
    """

    seq: int
    batch: int
    at: str
    event: str
    path: str
    source: str
    year: int
    county_code: str
    file_sha256: str
    size: int
    note: str = ""

    @property
    def file_name(self) -> str:
        """Return the file's own name."""
        return self.path.rsplit("/", 1)[-1]


class Ledger:
    """The append-only record of what was received, withdrawn and restored."""

    def __init__(self, store: Path):
        self.path = store / "ledger.jsonl"
        self._batches = store / "ledger" if is_remote(store) else None

    def events(self) -> list[Event]:
        """Return every complete event, batch by batch; a last line cut short by a crash does not count."""
        if self._batches:
            files = [self._batches / name for name in sorted(files_with_marks(self._batches))]
            return [Event(**event) for file in files for event in json.loads(file.read_bytes())]
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")[:-1]
        return [Event(**event) for line in lines for event in json.loads(line)]

    def append(self, events: list[Event]) -> None:
        """Add one night's events, of one batch: all of them, or none.

        Raises:
            RuntimeError: another machine has written this batch to the object store meanwhile.
        """
        line = json.dumps([asdict(e) for e in events], ensure_ascii=False)
        if not self._batches:
            add_line(self.path, line)
            return
        batch = next(iter(events)).batch
        try:
            create(self._batches / f"{batch:08d}.json", line.encode())
        except FileExistsError:
            raise RuntimeError(
                f"另一台机器刚刚登记了第 {batch} 批；本次什么也没有登记，请再运行一次。 / "
                f"Another machine has just recorded batch {batch}; nothing was recorded here: run this once more."
            ) from None


class NoSuchContent(LookupError):
    """A name matches no content that can be withdrawn or restored (``near``: paths that may be meant), or several
    (``candidates``: the last receipt of each).
    """

    def __init__(self, file: str, candidates: list[Event], near: list[str]):
        super().__init__(file)
        self.file, self.candidates, self.near = file, candidates, near


def withdraw(store: Path, files: list[str], at: str, note: str) -> list[Event]:
    """Record that delivered contents no longer count, all in one batch; each is a path or the start of a sha256.

    Raises:
        NoSuchContent: nothing delivered matches one of them, or more than one content does; nothing is recorded.
    """
    return _record(store, files, at, note, "withdrawn")


def restore(store: Path, files: list[str], at: str, note: str) -> list[Event]:
    """Take withdrawals back, all in one batch: the contents count again, as if they had not been withdrawn.

    Raises:
        NoSuchContent: nothing withdrawn matches one of them, or more than one content does; nothing is recorded.
    """
    return _record(store, files, at, note, "restored")


def withdrawn(events: Iterable[Event]) -> dict[tuple[str, int, str, str], Event]:
    """Return the withdrawals that stand: of each source, year, county and content."""
    standing: dict[tuple[str, int, str, str], Event] = {}
    for event in events:
        if event.event == "withdrawn":
            standing[content_key(event)] = event
        elif event.event == "restored":
            standing.pop(content_key(event), None)
    return standing


def content_key(event: Event) -> tuple[str, int, str, str]:
    """Return what identifies a content: source, year, county and sha256."""
    return event.source, event.year, event.county_code, event.file_sha256


def _record(store: Path, files: list[str], at: str, note: str, act: str) -> list[Event]:
    ledger = Ledger(store)
    known = ledger.events()
    standing = withdrawn(known)
    seq, batch = (known[-1].seq if known else 0), max((e.batch for e in known), default=0) + 1
    added: dict[tuple[Any, ...], Event] = {}
    for file in files:
        for event in _contents(known, file, standing, act):
            added[content_key(event)] = replace(event, batch=batch, at=at, event=act, note=note)
    events = [replace(event, seq=seq + i) for i, event in enumerate(added.values(), 1)]
    ledger.append(events)
    return events


def _contents(known: list[Event], file: str, standing: dict[tuple[Any, ...], Event], act: str) -> list[Event]:
    """Return the last receipts, one per place, of the one content that ``file`` names: one that counts, or for
    ``restored`` one that does not.
    """
    received = [e for e in known if e.event == "received"]
    last = {
        content_key(e): e
        for e in received
        if e.path == file or (len(file) >= _PREFIX and e.file_sha256.startswith(file))
    }
    fitting = [e for e in last.values() if _is_open_to(act, e, standing)]
    if len({e.file_sha256 for e in fitting}) != 1:
        raise NoSuchContent(
            file, fitting, [] if fitting else _near(file, [e.path for e in received if _is_open_to(act, e, standing)])
        )
    return fitting


def _is_open_to(act: str, receipt: Event, standing: dict[tuple[Any, ...], Event]) -> bool:
    """Tell whether a receipt's content counts, or for ``restored`` whether it does not."""
    key = content_key(receipt)
    return (key in standing and receipt.seq < standing[key].seq) == (act == "restored")


def _near(file: str, paths: list[str]) -> list[str]:
    """Return paths that may be meant: of the same name, else written alike."""
    different = list(dict.fromkeys(paths))
    return [path for path in different if Path(path).name == Path(file).name][:5] or difflib.get_close_matches(
        file, different, n=5
    )
