"""How long each step takes, and Ctrl-C, which ends a run at the end of a step at the latest."""

import datetime as dt
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Timing:
    """Seconds each step took, and whether somebody has pressed Ctrl-C."""

    seconds: dict[str, float] = field(default_factory=dict)
    is_interrupted: bool = False

    @contextmanager
    def step(self, name: str, text: str, progress: Callable[[str], None]) -> Iterator[None]:
        """Announce a step and time it."""
        progress(text)
        start = dt.datetime.now()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + (dt.datetime.now() - start).total_seconds(), 2)
        if self.is_interrupted:
            raise KeyboardInterrupt

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let Ctrl-C end the night, at the end of the step at the latest: a library may swallow the exception."""

        def note(*_: object) -> None:
            self.is_interrupted = True
            raise KeyboardInterrupt

        before = signal.getsignal(signal.SIGINT)
        if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
            yield  # in the background, or in a thread of somebody else's program
            return
        signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
