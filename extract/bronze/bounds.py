"""Memory and CPU limits for reading one file; exceeding them ends only that reading process."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extract.definitions.conventions import conventions

try:
    import resource
except ImportError:  # Windows, where single files are checked but no night runs
    resource = None  # type: ignore[assignment]


@contextmanager
def reading_bounds() -> Iterator[None]:
    """Bound memory and processor time of this process while it reads a file.

    Out of memory, it ends with an error or a crash; out of time, by SIGPROF. Time is this process's own work,
    so that a busy machine does not count against a file; memory is what the reading adds to the process, whose
    libraries map more on a machine of many cores. Where the system keeps no such bounds, it reads without.
    """
    if resource is None:
        yield
        return
    limits = conventions().limits
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_mapped_bytes() + limits["reading_bytes"], hard))
    signal.setitimer(signal.ITIMER_PROF, limits["reading_seconds"])
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def _mapped_bytes() -> int:
    try:
        pages = Path("/proc/self/statm").read_text().split()[0]
    except OSError:  # no Linux
        return 0
    return int(pages) * resource.getpagesize()
