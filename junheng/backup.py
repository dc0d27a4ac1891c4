"""What can't be made again, in one file: the store of receipts, and the logs of nights and checks.

A tar archive with a list of its files and their hashes at the end. The same state is the same archive, byte for byte.
The person key and delivered registers are in it: whoever has it has them.
"""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

from extract.common.atomic import replacing
from junheng.home import Home
from publish.language import say

Progress = Callable[[str], None]

_FOLDERS = ("store", "logs/checks", "logs/nights")
_LIST = "files.json"
_VERSION = 1
_CHUNK = 1 << 20
_STEPS = 10


class NotABackup(ValueError):
    """The file is no backup, is damaged, or holds what no backup holds."""


class NotEmpty(ValueError):
    """The home to restore into has receipts of its own."""


def write(home: Home, target: Path, progress: Progress) -> tuple[int, int]:
    """Write a backup and read it back; return how many files and bytes are in it.

    The caller holds the right to write to the home.
    """
    files = [file for folder in _FOLDERS for file in _files(home.root / folder)]
    tell = _Steps(sum(file.stat().st_size for file in files), progress)
    known: dict[str, str] = {}
    with replacing(target) as partial:
        partial.touch(mode=0o600)
        with tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as archive:
            for file in files:
                name = file.relative_to(home.root).as_posix()
                with file.open("rb") as content:
                    known[name] = hashlib.file_digest(content, "sha256").hexdigest()
                    content.seek(0)
                    archive.addfile(_entry(name, file.stat().st_size), content)
                tell.on(file.stat().st_size)
            text = json.dumps({"version": _VERSION, "files": known}, indent=0).encode()
            archive.addfile(_entry(_LIST, len(text)), BytesIO(text))
        _read(partial, None)
        size = partial.stat().st_size
    return len(known), size


def restore(file: Path, home: Home) -> int:
    """Put a backup into an empty home, whole or not at all; return how many files it held.

    Raises:
        NotEmpty: something was received here already.
        NotABackup: the file is none, or damaged.
    """
    if (home.store / "ledger.jsonl").exists():
        raise NotEmpty(str(home.root))
    aside = home.root / ".restoring.partial"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    try:
        known = _read(file, aside)
        # The store last: with it, the home has been restored.
        for folder in reversed(_FOLDERS):
            if (aside / folder).exists():
                shutil.rmtree(home.root / folder, ignore_errors=True)
                (home.root / folder).parent.mkdir(parents=True, exist_ok=True)
                (aside / folder).replace(home.root / folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return known


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink() and file.name != "writer.lock" and not _is_partial(file):
            yield file


def _is_partial(file: Path) -> bool:
    return any(part.endswith(".partial") for part in file.parts)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _read(file: Path, into: Path | None) -> int:
    """Hold every file of an archive against its list, and write it ``into`` a folder; return how many there are."""
    found: dict[str, str] = {}
    said: dict[str, str] | None = None
    try:
        with tarfile.open(file, "r:") as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is None or said is not None:
                    raise NotABackup(entry.name)
                if entry.name == _LIST:
                    said = _listed(json.load(content))
                    continue
                found[entry.name] = _copy(content, _place(into, entry.name))
    except (tarfile.TarError, OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise NotABackup(str(error)) from error
    if said != found:
        raise NotABackup(say("内容与清单不符", "the files are not those of its list"))
    return len(found)


def _listed(text: dict[str, object]) -> dict[str, str]:
    if text["version"] != _VERSION:
        raise NotABackup(f"version {text['version']}")
    return dict(text["files"])  # type: ignore[call-overload]


def _place(into: Path | None, name: str) -> Path | None:
    if not name.startswith(tuple(f"{folder}/" for folder in _FOLDERS)) or ".." in name.split("/"):
        raise NotABackup(name)
    return into / name if into else None


def _copy(content: IO[bytes], target: Path | None) -> str:
    digest = hashlib.sha256()
    if target:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.touch(mode=0o600)
    out = target.open("wb") if target else None
    try:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            if out:
                out.write(chunk)
    finally:
        if out:
            out.close()
    return digest.hexdigest()


class _Steps:
    """Tells of each tenth of a number of bytes, where there are many."""

    def __init__(self, total: int, progress: Progress):
        self._total, self._done, self._told, self._progress = total, 0, 0, progress

    def on(self, size: int) -> None:
        self._done += size
        step = self._done * _STEPS // max(self._total, 1)
        if self._total > 100 * _CHUNK and step > self._told:
            self._told = step
            self._progress(f"    {100 * step // _STEPS}%  {self._done >> 20}/{self._total >> 20} MiB")
