"""The store: every content received, by its sha256, and this installation's secret."""

import secrets
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from extract.common.place import create, is_remote, put

_PART = 1 << 20  # bytes read at once


def person_secret(store: Path) -> bytes:
    """Return the installation's own secret for hashing persons' numbers; the first call makes it."""
    path = store / "person.key"
    if not path.exists():
        with suppress(FileExistsError):  # another process has made it meanwhile
            create(path, secrets.token_bytes(32))  # its owner's only
    return path.read_bytes()


def object_path(store: Path, file_sha256: str) -> Path:
    """Return where a content is kept."""
    return store / "objects" / file_sha256[:2] / file_sha256


def file_sha256(file: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def keep(file: Path, store: Path) -> tuple[str, int]:
    """Copy a file into the store; return hash and size of what was copied, should it change meanwhile."""
    if is_remote(store):
        with TemporaryDirectory(prefix="junheng-") as folder:
            copy = Path(folder) / "copy"
            sha, size = _copy(file, copy)
            put(copy, object_path(store, sha))
            return sha, size
    partial = store / "objects" / ".receiving.partial"
    partial.parent.mkdir(parents=True, exist_ok=True)
    sha, size = _copy(file, partial)
    target = object_path(store, sha)
    target.parent.mkdir(exist_ok=True)
    partial.replace(target)
    return sha, size


def _copy(file: Path, target: Path) -> tuple[str, int]:
    """Copy a file; return hash and size of what was read."""
    digest, size = sha256(), 0
    with file.open("rb") as content, target.open("wb") as copy:
        while part := content.read(_PART):
            digest.update(part)
            size += copy.write(part)
    return digest.hexdigest(), size
