"""dbt in this process: parsed once, silent unless it fails."""

import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from junheng import project_cache
from junheng.home import PROJECT

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

_PROJECT = PROJECT / "dbt_project"
_COUNTIES = "JUNHENG_CHANGED_COUNTIES"  # read by the macro changed_counties


@dataclass
class Dbt:
    """The dbt project over one database file, which it opens by its name from the folder it lies in.

    dbt reuses what it parsed only as long as its settings stay the same, so no path is among them; and what was
    parsed for one home serves the next, from the project's own target folder.
    """

    database: Path
    target: Path
    logs: Path
    _manifest: "Manifest | None" = field(default=None, repr=False)

    def parse(self) -> None:
        """Import dbt and parse the project, so that ``invoke`` need not.

        Before each build: dbt marks which ephemeral models it has compiled, and would not compile them for another.
        """
        self._manifest = None
        parsed = self.target / "partial_parse.msgpack"  # dbt's own name
        project_cache.take(parsed)
        self._manifest = cast("Manifest", self._run(["parse", "--no-write-json"]).result)
        project_cache.give(parsed)

    def invoke(self, *arguments: str, counties: list[str] | None = None) -> None:
        """Run one dbt command.

        Args:
            arguments: the command and its options.
            counties: the only ones whose rows are done anew; None: all.

        Raises:
            RuntimeError: it failed, with the nodes that did.
        """
        os.environ[_COUNTIES] = json.dumps(counties)
        result = self._run([*arguments])
        if not result.success:
            failed = [
                f"{r.node.name}: {r.message}"
                for r in getattr(result.result, "results", [])
                if str(r.status) in ("error", "fail")
            ]
            raise RuntimeError("dbt: " + "; ".join(failed or [str(result.exception)]))

    def _run(self, arguments: list[str]) -> "dbtRunnerResult":
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        folders = [
            "--project-dir",
            _PROJECT,
            "--profiles-dir",
            _PROJECT,
            "--target-path",
            self.target,
            "--log-path",
            self.logs,
        ]
        self.database.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.chdir(self.database.parent):
            result = dbtRunner(manifest=self._manifest).invoke([*arguments, *map(str, folders), "--log-level", "none"])
        DuckDBConnectionManager.close_all_connections()  # else the file stays open in this process
        return result
