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
    from dbt_common.events.base_types import EventMsg

_PROJECT = PROJECT / "dbt_project"
_COUNTIES = "JUNHENG_CHANGED_COUNTIES"  # read by the macro changed_counties
_OF_SPARK = "JUNHENG_MODELS_OF_SPARK"  # read by the macro rows_of


@dataclass
class Dbt:
    """The dbt project over one database file, which it opens by its name from the folder it lies in.

    dbt reuses what it parsed only as long as its settings stay the same, so no path is among them; and what was
    parsed for one home serves the next, from the project's own target folder. ``models_of_spark`` are taken from what
    Spark built of them, in folder ``spark`` beside the database.
    """

    database: Path
    target: Path
    logs: Path
    models_of_spark: list[str] = field(default_factory=list)
    _manifest: "Manifest | None" = field(default=None, repr=False)

    def parse(self) -> None:
        """Import dbt and parse the project, so that the next build need not.

        Raises:
            RuntimeError: the project is not what dbt can parse.
        """
        self._manifest = None
        parsed = self.target / "partial_parse.msgpack"  # dbt's own name
        project_cache.take(parsed)
        result = self._run(["parse", "--no-write-json"])
        if not result.success:
            raise RuntimeError(f"dbt: {what_failed(result)}")
        self._manifest = cast("Manifest", result.result)
        project_cache.give(parsed)

    def build(
        self, left_out: list[str], counties: list[str] | None, sent: list[tuple[str, str]]
    ) -> dict[str, list[str]]:
        """Build the warehouse, tests included; parse the project, unless that has been done for this build.

        Returns the nodes that each node reads.

        Args:
            left_out: what to leave out, as dbt selects it.
            counties: the only ones whose rows are done anew; None: all.
            sent: gets what is sent, see ``invoke``.

        Raises:
            RuntimeError: a model or a test failed.
        """
        if self._manifest is None:
            self.parse()
        assert self._manifest
        needs = {node: list(one.depends_on_nodes) for node, one in self._manifest.nodes.items()}
        # With `cautious`, a test is left out only where all that it looks at is left out.
        options = ("--fail-fast", "--no-write-json", "--exclude-resource-type", "unit_test")
        try:
            self.invoke(
                *("build", *options, "--exclude", *left_out, "--indirect-selection", "cautious"),
                counties=counties,
                sent=sent,
            )
        finally:
            self._manifest = None  # dbt marks which ephemeral models it has compiled, and compiles them once
        return needs

    def invoke(
        self, *arguments: str, counties: list[str] | None = None, sent: list[tuple[str, str]] | None = None
    ) -> None:
        """Run one dbt command.

        Args:
            arguments: the command and its options.
            counties: the only ones whose rows are done anew; None: all.
            sent: gets id of the node and SQL of every statement that dbt sends to the database.

        Raises:
            RuntimeError: it failed, with the nodes that did.
        """
        os.environ[_COUNTIES] = json.dumps(counties)
        os.environ[_OF_SPARK] = json.dumps(self.models_of_spark)
        result = self._run([*arguments], sent)
        if not result.success:
            raise RuntimeError(f"dbt: {what_failed(result)}")

    def _run(self, arguments: list[str], sent: list[tuple[str, str]] | None = None) -> "dbtRunnerResult":
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

        def note(event: "EventMsg") -> None:
            if sent is not None and event.info.name == "SQLQuery":
                sent.append((event.data.node_info.unique_id, event.data.sql))

        with contextlib.chdir(self.database.parent):
            result = dbtRunner(manifest=self._manifest, callbacks=[note]).invoke(
                [*arguments, *map(str, folders), "--log-level", "none"]
            )
        DuckDBConnectionManager.close_all_connections()  # else the file stays open in this process
        return result


def what_failed(result: "dbtRunnerResult") -> str:
    """Return the nodes of a failed command that did fail, with what each says; else why there were none."""
    failed = [
        f"{r.node.name}: {r.message}"
        for r in getattr(result.result, "results", [])
        if str(r.status) in ("error", "fail")
    ]
    return "; ".join(failed or [str(result.exception)])
