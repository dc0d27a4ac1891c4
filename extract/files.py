"""Write files so that a reader, or a night killed in the middle, never sees half of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to; on success it takes the target's place at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    yield partial
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.replace(target)
