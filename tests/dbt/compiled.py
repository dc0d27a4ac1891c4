"""The project's models as DuckDB's SQL, on a warehouse beside the bronze files it was built from."""

import json
from dataclasses import dataclass
from pathlib import Path

from junheng.dbt import Dbt
from junheng.home import Home
from publish import warehouse
from tests.conftest import Office


@dataclass
class Model:
    """One model: its schema and name in the warehouse, what it is kept as there, and its query."""

    schema: str
    name: str
    kept_as: str
    sql: str


def with_sources(office: Office, folder: Path) -> Path:
    """Return an office's published warehouse, copied, with views over what it was built from."""
    home = Home(office.root)
    (run,) = [path for path in home.build.iterdir() if (path / "junheng.duckdb").exists()]
    file = folder / "junheng.duckdb"
    warehouse.lay_base(file, run, next(home.build.glob("rules-*.duckdb")))
    return warehouse.prepare(file, home.bronze, run, home.logs / "checks")


def figures(office: Office, folder: Path) -> tuple[Path, list[Model]]:
    """Return a warehouse with its sources, and every model of selector ``figures``."""
    file = with_sources(office, folder)
    dbt = Dbt(file, folder / "target", folder / "logs")
    dbt.parse()
    dbt.invoke("compile", "--selector", "figures")
    manifest = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    return file, [
        Model(node["schema"], node["name"], node["config"]["materialized"], node["compiled_code"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node.get("compiled_code")
    ]
