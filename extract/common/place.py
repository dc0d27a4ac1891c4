"""A folder of this machine or of an object store, used alike: ``/data/store``, ``s3://bucket/junheng/store``.

An object store has no renames and no folders. A file is put there whole under its key, and a key can be made to be
written once only.
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pyarrow as pa


def place(text: str) -> Path:
    """Return a folder or file by its path, or by its URL in an object store.

    Keys and addresses of a store are set where its own client looks for them (``AWS_ENDPOINT_URL``, ``~/.aws`` …).

    Raises:
        RuntimeError: no client for object stores is installed here.
    """
    if "://" not in text:
        return Path(text)
    try:
        from upath import UPath
    except ModuleNotFoundError:
        raise RuntimeError(
            f"{text}：这个环境没有装访问对象存储的程序，请先运行 make setup-spark，再用 .venv-spark/bin/junheng。"
            f" / {text}: no client for object stores here; make setup-spark, then .venv-spark/bin/junheng."
        ) from None
    return cast(Path, UPath(text))


def is_remote(path: Path) -> bool:
    """Tell whether a path is in an object store."""
    return not isinstance(path, Path)


def read_parquet(path: Path, columns: list[str] | None = None) -> "pa.Table":
    """Return a Parquet file's rows."""
    import pyarrow.parquet as pq

    if not is_remote(path):
        return pq.read_table(path, columns=columns)
    with path.open("rb") as file:
        return pq.read_table(file, columns=columns)


def put(file: Path, target: Path) -> None:
    """Put a file of this machine into an object store, whole, in the place of what is there."""
    _store_of(target).put_file(str(file), _key(target))


def create(target: Path, content: bytes) -> None:
    """Write a file that must not be there yet: of several who try, one does.

    Raises:
        FileExistsError: it is there.
    """
    if is_remote(target):
        _store_of(target).pipe_file(_key(target), content, mode="create")
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".partial") as partial:
        partial.write(content)
        partial.flush()
        os.fsync(partial.fileno())
        try:
            os.link(partial.name, target)
        except FileExistsError:
            raise
        except OSError:  # no links on this file system: whole all the same, though two at once are not told apart
            if target.exists():
                raise FileExistsError(str(target)) from None
            copy = target.with_name(f".{target.name}.partial")
            shutil.copy2(partial.name, copy)
            copy.replace(target)


def remove(folder: Path) -> None:
    """Remove a folder with all it holds, if it is there."""
    if not is_remote(folder):
        shutil.rmtree(folder, ignore_errors=True)
        return
    with contextlib.suppress(FileNotFoundError):
        _store_of(folder).rm(_key(folder), recursive=True)


def files_with_marks(folder: Path) -> dict[str, str]:
    """Return the files below a folder of an object store, each with what changes when it does."""
    store, root = _store_of(folder), _key(folder)
    store.invalidate_cache()
    try:
        found = store.find(root, detail=True)
    except FileNotFoundError:
        return {}
    return {key.removeprefix(f"{root}/"): f"{entry['size']} {entry.get('ETag', '')}" for key, entry in found.items()}


def fetch(names: list[str], folder: Path, target: Path) -> None:
    """Bring files below a folder of an object store to a folder of this machine, several at once."""
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
    _store_of(folder).get([f"{_key(folder)}/{name}" for name in names], [str(target / name) for name in names])


def _store_of(path: Path) -> Any:
    return cast(Any, path).fs


def _key(path: Path) -> str:
    return str(cast(Any, path).path).rstrip("/")
