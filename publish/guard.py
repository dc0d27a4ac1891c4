"""Keep other programs from writing into the published file, and mend what one left behind.

DuckDB keeps a writer's log beside the file, by name: one that a killed writer left would be replayed onto the next
night's file. So the log's name is taken: by a link that leads nowhere, which readers pass over and through which no
writer can commit, not even root. The file itself is read-only on disk.
"""

import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import duckdb

from publish.language import say

_NOWHERE = ".closed-to-writers/log"
_READ_ONLY = 0o400  # for its owner: a home is nobody else's


def close_to_writers(published: Path) -> bool:
    """Take the name of the log and make the file read-only; return whether another program's log was there."""
    log = _log(published)
    is_foreign = log.exists() and not log.is_symlink()
    if not (log.is_symlink() and log.readlink() == Path(_NOWHERE)):
        if log.is_dir() and not log.is_symlink():
            shutil.rmtree(log)
        barrier = log.with_name(f".{log.name}.partial")
        barrier.unlink(missing_ok=True)
        barrier.symlink_to(_NOWHERE)
        barrier.replace(log)
    if published.exists() and stat.S_IMODE(published.stat().st_mode) != _READ_ONLY:
        published.chmod(_READ_ONLY)
    return is_foreign


def mend(published: Path, runs: Iterable[Path]) -> list[str]:
    """Mend what another program did to the published file; return what was found, in words.

    A log is removed. A file that another program holds open for writing is replaced by a copy of it, which everybody
    can open. Of one that cannot be opened at all the run is given up, so that the next night builds it anew from the
    receipts; the file itself stays until then.

    Args:
        published: the file.
        runs: files of runs, of which one may be the published one under another name.
    """
    found = []
    if close_to_writers(published):
        found.append(
            say(
                "另一个程序曾以写方式打开发布文件并留下日志，日志已删除，不会混入数据。",
                "Another program had opened the published file for writing and left its log: it was removed.",
            )
        )
    if not published.exists() or _opens(published):
        return found
    same = [run for run in runs if run.exists() and run.samefile(published)]
    copy = published.with_name(f".{published.name}.partial")
    copy.unlink(missing_ok=True)
    shutil.copy2(published, copy)
    if _opens(copy):
        copy.replace(published)
        for run in same:
            run.unlink()
            link_or_copy(published, run)
        return [
            *found,
            say(
                "另一个程序正以写方式占用发布文件，已换成一份相同的文件，大家可以照常打开。",
                "Another program holds the published file open for writing: it was replaced by a copy that "
                "everybody can open.",
            ),
        ]
    copy.unlink()
    for run in same:
        run.unlink()
    return [
        *found,
        say(
            "发布文件已损坏，打不开；将按收件台账重新计算。",
            "The published file is damaged and can't be opened: it is built anew from the receipts.",
        ),
    ]


def link_or_copy(file: Path, target: Path) -> None:
    """Give a file a second name; where the file system has no links, a copy with the same times."""
    try:
        target.hardlink_to(file)
    except OSError:
        shutil.copy2(file, target)


def _opens(file: Path) -> bool:
    with suppress(duckdb.Error), duckdb.connect(str(file), read_only=True) as connection:
        return bool(connection.execute("select count(*) from duckdb_tables()").fetchall()[0][0])
    return False


def _log(published: Path) -> Path:
    return published.with_name(f"{published.name}.wal")
