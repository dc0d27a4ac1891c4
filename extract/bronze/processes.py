"""Files are read in processes of their own, within bounds, so that a hostile one ends only its reader.

Protocol: a line of JSON on standard input is a partition to write; the process answers, a line each,
``{"reading": sha256}`` before it opens a content, ``{"reading": ""}`` when it begins to write, then
``{"written": true}`` or ``{"failed": why}``. A process that ends without either died of the content it named last.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from extract.bronze.partition import Partition
from extract.common.child import die_with_parent, start_module
from extract.common.imports import forgo_pandas

_FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}
_CHECK_SECONDS = 5
_STILL_CHECKS = 6  # one after the other: a machine that was suspended wakes up in between
_TRIES = 2  # where a process was killed, as from outside; one that crashed would crash again


def write_partitions(partitions: list[Partition], progress: Callable[[int], None]) -> None:
    """Write every partition, on every core.

    Args:
        partitions: what to write.
        progress: called with the number of contents read so far.

    Raises:
        RuntimeError: a partition could not be written.
    """
    waiting = deque(sorted(partitions, key=lambda p: -len(p.read)))
    selector = selectors.DefaultSelector()
    readers = [_Reader(selector) for _ in range(min(len(partitions), len(os.sched_getaffinity(0))))]
    seen: set[tuple[Any, ...]] = set()
    try:
        for reader in readers:
            reader.take(waiting)
        while selector.get_map():
            for key, _ in selector.select(_CHECK_SECONDS):
                reader = key.data
                for answer in reader.answers():
                    if "failed" in answer:
                        raise RuntimeError(answer["failed"])
                    if "reading" in answer:
                        reader.content = answer["reading"]
                        if reader.content:
                            seen.add((reader.partition.source, reader.partition.year, reader.content))
                            progress(len(seen))
                    if "written" in answer:
                        reader.take(waiting)
            for reader in readers:
                reader.end_if_still()
    finally:
        for reader in readers:
            reader.stop()


class _Reader:
    """One reading process and the partition it works on."""

    def __init__(self, selector: selectors.BaseSelector):
        self._selector = selector
        self._deaths: Counter[str] = Counter()
        self._start()

    def _start(self) -> None:
        # What a crashing parser prints is dropped: the refusal carries the reason.
        self._process = start_module("extract.bronze.processes", stderr=subprocess.DEVNULL)
        self._asks, self._says = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        self._selector.register(self._says, selectors.EVENT_READ, self)
        self._unread = b""
        self._worked: int | None = None
        self._checked, self._still = time.monotonic(), 0

    def take(self, waiting: deque[Partition]) -> None:
        """Begin the next partition, or end."""
        if waiting:
            self._begin(waiting.popleft())
        else:
            self.stop()

    def _begin(self, partition: Partition) -> None:
        self.partition, self.content = partition, ""
        self._asks.write(json.dumps(partition.as_dict()).encode() + b"\n")
        self._asks.flush()

    def answers(self) -> list[dict[str, Any]]:
        """Return what the process said since; where it died, begin its partition again in a new one."""
        received = os.read(self._says.fileno(), 1 << 16)
        if not received:
            self._bury()
            return []
        *lines, self._unread = (self._unread + received).split(b"\n")
        return [json.loads(line) for line in lines]

    def _bury(self) -> None:
        self._selector.unregister(self._says)
        code = self._process.wait()
        if not self.content:
            raise RuntimeError(f"a reading process ended with code {code} outside of reading")
        self._deaths[self.content] += 1
        if code not in _FROM_OUTSIDE or self._deaths[self.content] == _TRIES:
            self.partition.crashing[self.content] = "time" if code == -signal.SIGPROF else "memory"
        self._start()
        self._begin(self.partition)

    def end_if_still(self) -> None:
        """End the process if it has read a content for so long without working: it waits for what never comes."""
        now = time.monotonic()
        if now - self._checked < _CHECK_SECONDS:
            return
        worked = _processor_ticks(self._process.pid)
        is_still = bool(self.content) and worked is not None and worked == self._worked
        self._checked, self._worked = now, worked
        self._still = self._still + 1 if is_still else 0
        if self._still >= _STILL_CHECKS:
            self._process.kill()

    def stop(self) -> None:
        """End the process."""
        if self._says in (key.fileobj for key in self._selector.get_map().values()):
            self._selector.unregister(self._says)
        self._process.kill()
        self._process.communicate()


def _processor_ticks(pid: int) -> int | None:
    """Return how much processor time a process has used, in clock ticks; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[11]) + int(fields[12])


def _work() -> None:
    """Write partitions until there are no more."""
    die_with_parent()
    forgo_pandas()
    for line in sys.stdin:
        partition = Partition(**json.loads(line))
        try:
            partition.write(lambda sha: _say({"reading": sha}))
        except MemoryError:
            raise  # this process is the content's victim
        except Exception as error:  # a full disk, a folder that can't be written, a damaged partition
            _say({"failed": f"{partition.source} {partition.year} {partition.area}: {error}"})
        else:
            _say({"written": True})


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _work()
