"""The packages as layers: nothing imports back, and no modules import each other in a circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from tests.conftest import PROJECT

# What each package may import, besides itself.
_LAYERS = {
    "extract": set(),
    "expectations": {"extract"},
    "publish": {"extract"},
    "junheng": {"extract", "expectations", "publish"},
    "dags": {"extract", "junheng", "publish"},
}
_WITHIN_EXTRACT = {
    "common": set(),
    "definitions": {"common"},
    "reading": {"common", "definitions"},
    "landing": {"common", "definitions"},
    "deliveries": {"common", "definitions", "landing"},
    "bronze": {"common", "definitions", "landing", "reading"},
}


def _modules() -> dict[str, Path]:
    files = (file for package in _LAYERS for file in (PROJECT / package).rglob("*.py"))
    return {".".join(file.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def _imported(file: Path, modules: dict[str, Path], only_at_top: bool) -> set[str]:
    """Return the project's modules that a file imports; those inside functions too, unless ``only_at_top``."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = tree.body if only_at_top else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names} & modules.keys()
            found |= names or ({node.module} & modules.keys())
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & modules.keys()
    return found


def test_no_package_imports_back():
    modules = _modules()
    assert len(modules) > 100
    for name, file in modules.items():
        package = name.split(".")[0]
        for other in _imported(file, modules, only_at_top=False):
            assert other.split(".")[0] in _LAYERS[package] | {package}, f"{name} imports {other}"


def test_the_packages_of_extract_are_layers_too():
    modules = _modules()
    for name, file in modules.items():
        parts = name.split(".")
        if parts[0] == "extract" and len(parts) > 1 and parts[1] in _WITHIN_EXTRACT:
            for other in _imported(file, modules, only_at_top=False):
                inner = other.split(".")[1]
                assert inner in _WITHIN_EXTRACT[parts[1]] | {parts[1], "refusal"}, f"{name} imports {other}"


def test_no_modules_import_each_other_in_a_circle():
    modules = _modules()
    graph = {name: _imported(file, modules, only_at_top=True) - {name} for name, file in modules.items()}
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError, with the circle
