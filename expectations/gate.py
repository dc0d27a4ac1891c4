"""Great Expectations in a process of its own: its import takes seconds, so it starts with the night.

Protocol: one line of JSON on standard input lists batch files, ``<source>__<form>__<year>.parquet``;
one line of JSON on standard output answers: file → check → row keys out of bounds.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.suite import SUITES, Check, load
from extract.bounds import die_with_parent

if TYPE_CHECKING:
    import duckdb

BREACHES = pa.schema([("batch", pa.string()), ("check_id", pa.string()), ("row_key", pa.string())])
Breaches = dict[str, list[str]]  # check → row keys out of bounds


@dataclass(frozen=True)
class Batch:
    """The rows of one form and year that a suite looks at, in a table of the batch's name."""

    source: str
    form: str
    year: int

    @classmethod
    def named(cls, name: str) -> "Batch":
        """Return the batch of a name."""
        source, form, year = name.split("__")
        return cls(source, form, int(year))

    @property
    def name(self) -> str:
        """Return the name of the batch, its table and its files."""
        return f"{self.source}__{self.form}__{self.year}"


class Gate:
    """The validation process: started early when there is reason to, or when first asked."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start the process, so that it is ready when the batches are."""
        if self._process is None:
            environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false"}
            command = [sys.executable, "-m", "expectations.gate"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=SUITES.parent.parent)

    def stop(self) -> None:
        """End the process if it still runs."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def validate(self, connection: "duckdb.DuckDBPyConnection", batches: list[Batch], folder: Path, meanwhile: Callable[[], None]) -> None:
        """Check every row of the batches; leave table ``breaches`` (batch, check_id, row_key) on the connection.

        Args:
            connection: a table per batch: county_code, row_key, one column per check.
            batches: what to check.
            folder: receives the batches as Parquet.
            meanwhile: done here while the process works.

        Raises:
            RuntimeError: the process did not finish.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        files = {str(folder / f"{batch.name}.parquet"): batch.name for batch in batches}
        for file, name in files.items():
            pq.write_table(connection.sql(f"select * exclude (county_code) from {name} order by row_key").to_arrow_table(), file)
        found = [(files[file], check, key) for file, checks in self._ask([*files], meanwhile).items() for check, keys in checks.items() for key in keys]
        connection.register("found", pa.table(dict(zip(BREACHES.names, zip(*found, strict=True) if found else ([], [], []), strict=True)), BREACHES))
        connection.execute("create or replace table breaches as from found")

    def _ask(self, batches: list[str], meanwhile: Callable[[], None]) -> dict[str, Breaches]:
        if not batches:
            meanwhile()
            return {}
        self.start()
        self._process.stdin.write(json.dumps(batches) + "\n")
        self._process.stdin.flush()
        meanwhile()
        output, _ = self._process.communicate()
        code, self._process = self._process.returncode, None
        if code:
            raise RuntimeError(f"the validation process ended with code {code}")
        return json.loads(output.splitlines()[-1])


def _check(files: list[str]) -> dict[str, Breaches]:
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("night").add_dataframe_asset("batch")
    definition = asset.add_batch_definition_whole_dataframe("whole")
    result_format = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_key"], "include_unexpected_rows": False}
    breaches = {}
    for file in files:
        source, form, _ = Path(file).stem.split("__")
        suite = gx.ExpectationSuite(name=source, expectations=[_expectation(c) for c in load(source) if c.applies_to(form)])
        batch = definition.get_batch({"dataframe": pd.read_parquet(file)})
        breaches[file] = {
            r.expectation_config.meta["check"]: [str(row["row_key"]) for row in r.result["unexpected_index_list"]]
            for r in batch.validate(suite, result_format=result_format).results
            if not _held(r)
        }
    return breaches


def _held(result: object) -> bool:
    """Tell whether an expectation held; one that could not be evaluated must never pass."""
    info = result.exception_info or {}
    if info.get("raised_exception") or any(isinstance(v, dict) and v.get("raised_exception") for v in info.values()):
        raise RuntimeError(str(info))
    return result.success


def _expectation(check: Check) -> dict:
    return {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": check.id, "min_value": check.min_value, "max_value": check.max_value},
        "severity": "warning" if check.severity == "warn" else "critical",
        "meta": {"check": check.id, "who_acts": check.who_acts},
    }


if __name__ == "__main__":
    die_with_parent()
    import great_expectations  # noqa: F401  the seconds it takes pass while the night reads files

    request = sys.stdin.readline()
    if request:
        print(json.dumps(_check(json.loads(request))))
