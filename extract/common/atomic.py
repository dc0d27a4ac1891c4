"""Write files so that a reader, or a night killed in the middle, never sees half of one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extract.common.place import is_remote, put


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path to write to, beside ``target``; on success it takes the target's place at once.

    Of an object store the path is one of this machine, and what was written is put there whole.
    """
    if is_remote(target):
        with tempfile.TemporaryDirectory(prefix="junheng-") as folder:
            whole = Path(folder) / target.name
            yield whole
            put(whole, target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    yield partial
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.replace(target)


def add_line(path: Path, text: str) -> None:
    """Add a line to a file, whole or not at all: what a kill left of the line before is cut off."""
    import fcntl  # of Linux and macOS; only a night adds lines

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)  # until it is closed
        lines.seek(0)
        lines.truncate(lines.read().rfind(b"\n") + 1)
        lines.write(f"{text}\n".encode())
        lines.flush()
        os.fsync(lines.fileno())
