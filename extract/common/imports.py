"""Libraries that others load only to look whether they are there, or at their top for something never used here."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import LazyLoader, find_spec
from types import ModuleType


def forgo_pandas() -> None:
    """Keep pandas out of this process. PyArrow loads it, for a quarter of a second, at the first list it is given."""
    sys.meta_path.insert(0, _NotHere("pandas"))


def import_at_first_use(*modules: str) -> None:
    """Let ``import`` of these modules, in whatever library it stands, load them when something of them is used."""
    sys.meta_path.insert(0, _AtFirstUse(modules))


class _NotHere(MetaPathFinder):
    def __init__(self, module: str):
        self._module = module

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname == self._module:
            raise ModuleNotFoundError(f"{fullname} is not used in this process", name=fullname)


class _AtFirstUse(MetaPathFinder):
    def __init__(self, modules: Sequence[str]):
        self._waiting = set(modules)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._waiting:
            return None
        self._waiting.remove(fullname)  # so that the finders after this one are asked
        spec = find_spec(fullname)
        if spec and spec.loader:
            spec.loader = LazyLoader(spec.loader)
        return spec
