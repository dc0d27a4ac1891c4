"""dbt in this process: parsed once, silent unless it fails."""

import contextlib
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from junheng.home import PROJECT

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

_PROJECT = PROJECT / "dbt_project"
_PARSED = "partial_parse.msgpack"


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
        own, shared = self.target / _PARSED, _PROJECT / "target" / _PARSED
        if shared.exists() and not own.exists():
            self.target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(shared, own)
        self._manifest = cast("Manifest", self._run(["parse", "--no-write-json"]).result)
        # Best effort: concurrent runs and a read-only checkout are fine, the cache only saves time.
        with contextlib.suppress(OSError):
            shared.parent.mkdir(exist_ok=True)
            fresh = shared.with_name(f".{os.getpid()}.{shared.name}")
            shutil.copyfile(own, fresh)
            fresh.replace(shared)

    def invoke(self, *arguments: str) -> None:
        """Run one dbt command.

        Raises:
            RuntimeError: it failed, with the nodes that did.
        """
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
