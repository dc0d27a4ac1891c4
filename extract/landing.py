"""From the drop folder to the store: contents kept by sha256, every receipt written to a ledger.

The ledger is a text file, only ever added to: one JSON line per night that received anything, so
that a night killed while writing leaves either the whole line or nothing. Which file is newer
follows from it alone, never from file times, so history can be rebuilt by replaying it.
"""

import difflib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from hashlib import file_digest
from pathlib import Path

from extract.common.seeds import seed
from extract.files import add_line, replacing
from extract.forms import sources
from extract.refusal import Finding

SHIPPED = Path(__file__).with_name("shipped")
# What office programs and desktops leave behind; and what else is hidden.
_LEFT_BEHIND = ("~$", ".~", "._", ".DS_Store", "Thumbs.db", "desktop.ini")
_HIDDEN = "."
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


def person_secret(store: Path) -> bytes:
    """Return the installation's own secret for hashing persons' numbers; the first call makes it."""
    path = store / "person.key"
    if not path.exists():
        with replacing(path) as partial:
            partial.touch(mode=0o600)
            partial.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


class Ledger:
    """The append-only record of what was received, withdrawn and restored."""

    def __init__(self, store: Path):
        self.path = store / "ledger.jsonl"

    def events(self) -> list[Event]:
        """Return every complete event; a last line cut short by a crash does not count."""
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")[:-1]
        return [Event(**event) for line in lines for event in json.loads(line)]

    def nights(self) -> list[tuple[int, list[Event]]]:
        """Return each batch with all that was received and withdrawn up to it: what could be known from then on."""
        events = self.events()
        return [(batch, [e for e in events if e.batch <= batch]) for batch in sorted({e.batch for e in events})]

    def append(self, events: Iterable[Event]) -> None:
        """Add one night's events: all of them, or none."""
        add_line(self.path, json.dumps([asdict(e) for e in events], ensure_ascii=False))


def object_path(store: Path, file_sha256: str) -> Path:
    """Return where a content is kept."""
    return store / "objects" / file_sha256[:2] / file_sha256


def receive(
    landing: Path, store: Path, at: str, counties: set[str] | None = None, years: set[int] | None = None
) -> list[Event]:
    """Take in what the drop folder holds beyond what the ledger already knows.

    Args:
        landing: the drop folder, only read.
        store: contents and ledger.
        at: receipt time of this night, ISO 8601.
        counties: only these county folders, or all.
        years: only these year folders, or all.

    Returns:
        The events added: a file seen for the first time, a changed one, or one at a new place.
    """
    ledger = Ledger(store)
    known = ledger.events()
    last_at_path = {e.path: e for e in known}
    seq = known[-1].seq if known else 0
    batch = max((e.batch for e in known), default=0) + 1
    added: list[Event] = []
    present: set[str] = set()
    for root, prefix in ((SHIPPED, "shipped:"), (landing, "")):
        for file in _files(root):
            path = prefix + _readable(file.relative_to(root))
            source, year, county = _place(file.relative_to(root))
            is_selected = (not counties or county in counties) and (not years or year in years)
            if source and not is_selected and not prefix:
                continue
            sha = _sha256(file)
            present.add(path)
            last = last_at_path.get(path)
            if last and last.event != "absent" and last.file_sha256 == sha:
                continue
            sha, size = _keep(file, store)
            seq += 1
            added.append(Event(seq, batch, at, "received", path, source, year, county, sha, size))
    received = [*added]
    if received:
        os.sync()  # every content is on disk before the ledger says so
    # A withdrawn file that was taken away may be delivered again; one that just stays may not.
    for path, last in last_at_path.items():
        if last.event == "withdrawn" and path not in present and not (counties or years):
            seq += 1
            added.append(replace(last, seq=seq, batch=batch, at=at, event="absent", note=""))
    if added:
        ledger.append(added)
    return received


class NoSuchContent(LookupError):
    """A name matches no content that an act can speak of (``near``: paths that may be meant), or several
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
    """Return what an act on a content speaks of."""
    return event.source, event.year, event.county_code, event.file_sha256


def _record(store: Path, files: list[str], at: str, note: str, act: str) -> list[Event]:
    ledger = Ledger(store)
    known = ledger.events()
    standing = withdrawn(known)
    seq, batch = (known[-1].seq if known else 0), max((e.batch for e in known), default=0) + 1
    added: dict[tuple, Event] = {}
    for file in files:
        for event in _contents(known, file, standing, act):
            added[content_key(event)] = replace(event, batch=batch, at=at, event=act, note=note)
    events = [replace(event, seq=seq + i) for i, event in enumerate(added.values(), 1)]
    ledger.append(events)
    return events


def _contents(known: list[Event], file: str, standing: dict[tuple, Event], act: str) -> list[Event]:
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


def _is_open_to(act: str, receipt: Event, standing: dict[tuple, Event]) -> bool:
    """Tell whether a receipt's content counts, or for ``restored`` whether it does not."""
    key = content_key(receipt)
    return (key in standing and receipt.seq < standing[key].seq) == (act == "restored")


def _near(file: str, paths: list[str]) -> list[str]:
    """Return paths that may be meant: of the same name, else written alike."""
    different = list(dict.fromkeys(paths))
    return [path for path in different if Path(path).name == Path(file).name][:5] or difflib.get_close_matches(
        file, different, n=5
    )


def misplaced(event: Event) -> Finding | None:
    """Return why a received file lies outside the landing convention, or None."""
    if event.year:
        return None
    parts = event.path.removeprefix("shipped:").split("/")
    if len(parts) == 4 and parts[0] not in sources():
        return Finding("unknown_source", found=parts[0], expected="、".join(sources()))
    source, year, county = belonging(event.path)
    expected = f"landing/{source or '<source>'}/{year or '<year>'}/{county or '<county_code>'}/"
    return Finding("misplaced", found=event.path, expected=expected)


def belonging(path: str) -> tuple[str, int, str]:
    """Return source, year and county that a path's words name, '' or 0 where they name none."""
    source = next((part for part in path.split("/") if part in sources()), "")
    year = next(iter(re.findall(r"(?<!\d)20\d\d(?!\d)", path)), 0)
    named = [row["county_code"] for row in seed("counties") if row["name_zh"] in path]
    county = next(iter(re.findall(r"(?<!\d)\d{6}(?!\d)", path)), named[0] if len(named) == 1 else "")
    return source, int(year), county


def passed_over(landing: Path) -> list[str]:
    """Return what lies in the drop folder and is not read: links, hidden files and folders, what is no file at all."""
    found = []
    for folder, folders, names in os.walk(landing):
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        hidden = [name for name in folders if name.startswith(_HIDDEN) and name not in linked]
        folders[:] = sorted(name for name in folders if name not in hidden)
        found += [Path(folder, name) for name in (*linked, *hidden)]
        found += [
            Path(folder, name)
            for name in names
            if not name.startswith(_LEFT_BEHIND) and not _is_delivered(Path(folder, name))
        ]
    return sorted(_readable(path.relative_to(landing)) for path in found)


def _files(root: Path) -> list[Path]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(_HIDDEN))
        found += [Path(folder, name) for name in sorted(names) if not name.startswith(_LEFT_BEHIND)]
    return [file for file in found if _is_delivered(file)]


def _is_delivered(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and not file.name.startswith(_HIDDEN)


def _readable(relative: Path) -> str:
    """Return the path as text; names unpacked from a Chinese archive may be GB18030 on disk."""
    raw = os.fsencode(relative.as_posix())
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def _place(relative: Path) -> tuple[str, int, str]:
    parts = relative.parts
    is_place = len(parts) == 4 and parts[0] in sources() and parts[1].isdecimal() and len(parts[1]) == 4
    if is_place and parts[2].isdecimal() and len(parts[2]) == 6:
        return parts[0], int(parts[1]), parts[2]
    return "", 0, ""


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def _keep(file: Path, store: Path) -> tuple[str, int]:
    """Copy a file into the store; return hash and size of what was copied, should it change meanwhile."""
    partial = store / "objects" / ".receiving.partial"
    partial.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, partial)
    sha, size = _sha256(partial), partial.stat().st_size
    target = object_path(store, sha)
    target.parent.mkdir(exist_ok=True)
    partial.replace(target)
    return sha, size
