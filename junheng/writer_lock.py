"""The right to write to a home: one process at a time, given back by the kernel however that process ends."""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from extract.common.place import is_remote
from junheng.home import Home
from junheng.run_plan import RUNS
from publish.language import say


class HomeBusy(RuntimeError):
    """Another run is writing."""


@contextmanager
def one_writer(home: Home, progress: Callable[[str], None] = print) -> Iterator[None]:
    """Hold the right to write; the kernel gives it back even if the holder is killed.

    What a killed night or another program left behind is mended first, and told.

    Raises:
        HomeBusy: somebody else holds it.
    """
    import fcntl  # of Linux and macOS: a night runs there only

    home.make()
    with ((home.root if is_remote(home.store) else home.store) / "writer.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise HomeBusy(lock.read().strip()) from error
        lock.truncate(0)
        lock.write(f"pid {os.getpid()}, since {dt.datetime.now().isoformat(timespec='seconds')}")
        lock.flush()
        _sweep(home)
        _mend(home, progress)
        yield


def _mend(home: Home, progress: Callable[[str], None]) -> None:
    """Undo what another program did to the published file."""
    from junheng import notices
    from publish import guard

    found_all: list[str] = []
    with suppress(OSError):  # a disk that takes no writes: publishing says so
        found_all = guard.mend(home.warehouse, (run / home.warehouse.name for run in home.build.glob(RUNS)))
    for found in found_all:
        progress(f"    {found}")
        for problem in notices.send(
            say("发布文件曾被别的程序改动", "another program meddled with the published file"), found
        ):
            progress(say(f"    通知未送达：{problem}", f"    notice not delivered: {problem}"))


def _sweep(home: Home) -> None:
    """Remove what a night killed in the middle of a write left beside its target."""
    for folder, pattern in (
        (home.store, "objects/.*.partial"),
        (home.bronze, "*/.*.partial"),
        (home.published, ".*.partial"),
        (home.reports, ".*.partial"),
        (home.quarantine, "**/.*.partial"),
        (home.logs, "checks/.*.partial"),
        (home.logs, "nights/.*.partial"),
    ):
        for partial in () if is_remote(folder) else folder.glob(pattern):
            partial.unlink()
