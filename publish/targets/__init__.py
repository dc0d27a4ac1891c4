"""Where the marts go beside the published file. A target is a module here and a line in ``TARGETS``."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

# Name, as JUNHENG_SERVE says it → module, imported when it is asked for. Setting JUNHENG_<NAME> is its address.
TARGETS = {
    "parquet": "publish.targets.parquet",
    "postgres": "publish.targets.postgres",
    "objects": "publish.targets.objects",
}


class Target(Protocol):
    """One place that the marts are copied to, whole, after each run."""

    UP_TO_DATE: tuple[str, str]  # what is told where nothing had to be copied, in Chinese and in English

    def copy_marts(self, warehouse: Path, run_id: str, address: str, progress: Callable[[str], None]) -> bool:
        """Bring the marts of a published warehouse there; what was there stays until the copy is whole.

        Args:
            warehouse: the published file.
            run_id: the run that built it; the same run is not copied twice.
            address: where the target lies; empty for one beside the published file.
            progress: told what is going on.

        Returns:
            Whether anything was copied.

        Raises:
            RuntimeError: it could not be copied; the target keeps what it had.
        """
        ...


def target(name: str) -> Target:
    """Return a target by its name."""
    return cast(Target, import_module(TARGETS[name]))
