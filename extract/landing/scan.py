"""From the drop folder to the store: contents kept by sha256, every receipt written to a ledger.

The ledger is a text file, only ever added to: one JSON line per night that received anything, so
that a night killed while writing leaves either the whole line or nothing. Which file is newer
follows from it alone, never from file times, so history can be rebuilt by replaying it.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from extract.common.identifiers import is_county_code
from extract.common.seeds import seed
from extract.definitions.forms import sources
from extract.landing.ledger import Event, Ledger
from extract.landing.store import file_sha256, keep
from extract.refusal import Finding

SHIPPED = Path(__file__).resolve().parent.parent / "shipped"
# What office programs and desktops leave behind; and what else is hidden.
_LEFT_BEHIND = ("~$", ".~", "._", ".DS_Store", "Thumbs.db", "desktop.ini")
_HIDDEN = "."


def receive(
    landing: Path,
    store: Path,
    at: str,
    counties: set[str] | None = None,
    years: set[int] | None = None,
    made: Path | None = None,
) -> list[Event]:
    """Take in what the drop folder holds beyond what the ledger already knows.

    Args:
        landing: the drop folder, only read.
        store: contents and ledger.
        at: receipt time of this night, ISO 8601.
        counties: only these county folders, or all.
        years: only these year folders, or all.
        made: what this installation's own commands made, in folders like those of landing.

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
    roots = [(SHIPPED, "shipped:"), *([(made, "made:")] if made else []), (landing, "")]
    for root, prefix in roots:
        for inside in _files(root):
            file = root / inside
            path = prefix + _readable(inside)
            source, year, county = _place(inside)
            is_selected = (not counties or county in counties) and (not years or year in years)
            if source and not is_selected and not prefix:
                continue
            present.add(path)
            last = last_at_path.get(path)
            if last and last.event != "absent" and last.file_sha256 == file_sha256(file):
                continue
            sha, size = keep(file, store)
            seq += 1
            added.append(Event(seq, batch, at, "received", path, source, year, county, sha, size))
    received = [*added]
    if received:
        os.sync()  # every content is on disk before the ledger says so
    # A withdrawn file counts again only if it was removed from landing/ and dropped in anew.
    for path, last in last_at_path.items():
        if last.event == "withdrawn" and path not in present and not (counties or years):
            seq += 1
            added.append(replace(last, seq=seq, batch=batch, at=at, event="absent", note=""))
    if added:
        ledger.append(added)
    return received


def misplaced(event: Event) -> Finding | None:
    """Return why a received file lies outside the landing convention, or None."""
    if event.year:
        return None
    parts = event.path.removeprefix("shipped:").removeprefix("made:").split("/")
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
    return sorted(_readable(path) for path, is_delivered in _look(landing) if not is_delivered)


def _files(root: Path) -> list[str]:
    return [path for path, is_delivered in _look(root) if is_delivered]


def _look(root: Path, inside: str = "") -> Iterator[tuple[str, bool]]:
    """Yield (path below the root, whether it is delivered) of everything but folders and what programs leave behind."""
    folders = []
    for entry in sorted(_entries(root / inside), key=lambda entry: entry.name):
        path = f"{inside}{entry.name}"
        is_hidden = entry.name.startswith(_HIDDEN)
        if entry.is_dir(follow_symlinks=False) and not is_hidden:
            folders.append(f"{path}/")
        elif _leads_to_folder(entry) or not entry.name.startswith(_LEFT_BEHIND):
            yield path, entry.is_file(follow_symlinks=False) and not is_hidden
    for folder in folders:
        yield from _look(root, folder)


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    with suppress(OSError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _leads_to_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _readable(path: str) -> str:
    """Return the path as text; names unpacked from a Chinese archive may be GB18030 on disk."""
    raw = os.fsencode(path)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def _place(path: str) -> tuple[str, int, str]:
    parts = path.split("/")
    is_place = len(parts) == 4 and parts[0] in sources() and parts[1].isdecimal() and len(parts[1]) == 4
    if is_place and is_county_code(parts[2]):
        return parts[0], int(parts[1]), parts[2]
    return "", 0, ""
