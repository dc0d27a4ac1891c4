"""Great Expectations in a process of its own: its import takes seconds, so it starts with the night.

Protocol: a line of JSON on standard input lists files of rows, ``<suite>__<number>.parquet``; a line of JSON
on standard output answers: file → check → row keys out of bounds; and so on until the input ends. The bounds hold row by row, so all forms and years
of a source go together (each run of the library costs a fifth of a second), and many rows are cut into several files.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.check import Check
from expectations.suite import SUITES, load
from extract.bounds import die_with_parent

if TYPE_CHECKING:
    import duckdb

BREACHES = pa.schema([("suite", pa.string()), ("check_id", pa.string()), ("row_key", pa.string())])
Breaches = dict[str, list[str]]  # check → row keys out of bounds
_ROWS_PER_FILE = 250_000  # bounds the memory of the process


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

    def validate(self, connection: "duckdb.DuckDBPyConnection", suites: list[str], folder: Path, meanwhile: Callable[[], None]) -> None:
        """Check every row of the batches; leave table ``breaches`` (suite, check_id, row_key) on the connection.

        Args:
            connection: a table ``batch_<suite>`` each: row_key, one column per check, and what else it carries.
            suites: what to check.
            folder: receives the rows as Parquet.
            meanwhile: done here while the process works.

        Raises:
            RuntimeError: the process did not finish.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        suite_of = {str(path): suite for suite in suites for path in _write(connection, suite, folder)}
        found = [(suite_of[file], check, key) for file, checks in self._ask([*suite_of], meanwhile).items() for check, keys in checks.items() for key in keys]
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
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the validation process ended with code {self._process.wait()}")
        return json.loads(answer)


def _write(connection: "duckdb.DuckDBPyConnection", suite: str, folder: Path) -> Iterator[Path]:
    """Write a batch's row keys and differences, in order, in files of limited size."""
    checks = ", ".join(f'"{c.id}"' for c in load(suite))
    rows = connection.sql(f"select row_key, {checks} from batch_{suite} order by row_key").to_arrow_reader(_ROWS_PER_FILE)
    for i, batch in enumerate(rows):
        path = folder / f"{suite}__{i}.parquet"
        pq.write_table(pa.Table.from_batches([batch]), path)
        yield path


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
        name, rows = Path(file).stem.split("__")[0], pd.read_parquet(file)
        # A check that has nothing to look at in any row costs as much as one that has.
        checks = [c for c in load(name) if rows[c.id].notna().any()]
        suite = gx.ExpectationSuite(name=name, expectations=[_expectation(c) for c in checks])
        batch = definition.get_batch({"dataframe": rows})
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the night, which then ends this
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    import great_expectations  # noqa: F401  the seconds it takes pass while the night reads files

    for request in sys.stdin:
        print(json.dumps(_check(json.loads(request))), file=answers, flush=True)
