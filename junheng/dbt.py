"""dbt in this process: parsed once, silent unless it fails."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from junheng.settings import PROJECT

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_PROJECT = PROJECT / "dbt_project"


@dataclass
class Dbt:
    """The dbt project over one database file.

    ``database`` keeps its path from night to night: dbt reuses what it parsed only as long as its
    settings stay the same.
    """

    database: Path
    target: Path
    logs: Path
    _manifest: "Manifest | None" = field(default=None, repr=False)

    def parse(self) -> None:
        """Import dbt and parse the project, so that ``invoke`` need not."""
        self._manifest = self._run(["parse"]).result

    def invoke(self, *arguments: str) -> None:
        """Run one dbt command.

        Raises:
            RuntimeError: it failed, with the nodes that did.
        """
        result = self._run([*arguments])
        if not result.success:
            failed = [f"{r.node.name}: {r.message}" for r in getattr(result.result, "results", []) if str(r.status) in ("error", "fail")]
            raise RuntimeError("dbt: " + "; ".join(failed or [str(result.exception)]))

    def _run(self, arguments: list[str]) -> object:
        os.environ["JUNHENG_BUILD_FILE"] = str(self.database)
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        folders = ["--project-dir", _PROJECT, "--profiles-dir", _PROJECT, "--target-path", self.target, "--log-path", self.logs]
        result = dbtRunner(manifest=self._manifest).invoke([*arguments, *map(str, folders), "--quiet"])
        DuckDBConnectionManager.close_all_connections()  # else the file stays open in this process
        return result
