"""Great Expectations in a process of its own: its import takes seconds, so it starts with the night.

Protocol: a line of JSON on standard input names a file of differences and the bounds they must keep; an empty line asks
for the answer, a line of JSON on standard output: every (row, check number) out of bounds; and so on until the input
ends. The files are checked while others are written. An expectation costs a
hundredth of a second however few rows it looks at, so all checks with the same bounds, of all sources, are one: a file
has one difference per row and check.
"""

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.check import Check
from expectations.suite import load
from extract.common.child import die_with_parent, start_module
from extract.common.imports import import_at_first_use

if TYPE_CHECKING:
    import duckdb

_DIFFERENCES_PER_FILE = 2_000_000  # bounds the memory of the process


class ValidationWorker:
    """The validation process: started early when there is reason to, or when first asked."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> "subprocess.Popen[str]":
        """Start the process, so that it is ready when the batches are; return it."""
        if self._process is None:
            environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false"}
            self._process = start_module("expectations.worker", text=True, env=environment)
        return self._process

    def stop(self) -> None:
        """End the process if it still runs."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def validate(
        self,
        connection: "duckdb.DuckDBPyConnection",
        batches: Iterable[list[str]],
        folder: Path,
        overlap_with: Callable[[], None],
    ) -> None:
        """Check every row of the batches; leave table ``breaches`` (suite, check_id, row_key) on the connection.

        Args:
            connection: a table ``batch_<suite>`` each: row_key, one column per check, and what else it carries.
            batches: the suites to check; those of one list together, while the next are made.
            folder: receives the rows as Parquet.
            overlap_with: done here while the process works.

        Raises:
            RuntimeError: the process did not finish.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        checks: list[tuple[str, Check]] = []
        connection.execute("create or replace table breaches (suite varchar, check_id varchar, row_key varchar)")
        found: dict[str, list[tuple[int, str]]] = {}
        for row, number in self._ask(_write(connection, batches, checks, folder), overlap_with):
            suite, check = checks[number]
            found.setdefault(suite, []).append((row, check.id))
        for suite, places in found.items():
            rows, check_ids = zip(*places, strict=True)
            connection.register("found", pa.table({"row": rows, "check_id": check_ids}))
            connection.execute(
                f"insert into breaches select '{suite}', f.check_id, b.row_key from found as f inner join "
                f"batch_{suite} as b on f.row = b.rowid"
            )

    def _ask(self, requests: Iterator[dict[str, Any]], overlap_with: Callable[[], None]) -> list[tuple[int, int]]:
        first = next(requests, None)
        if first is None:
            overlap_with()
            return []
        process = self.start()
        asks, says = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
        try:
            for request in chain([first], requests):
                print(json.dumps(request), file=asks, flush=True)
            overlap_with()
            print(file=asks, flush=True)
            answer = says.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RuntimeError(f"the validation process ended with code {process.wait()}")
        return cast(list[tuple[int, int]], json.loads(answer))


def _write(
    connection: "duckdb.DuckDBPyConnection", batches: Iterable[list[str]], checks: list[tuple[str, Check]], folder: Path
) -> Iterator[dict[str, Any]]:
    """Write the differences of all batches, those with the same bounds together, in files of limited size; note the
    checks by their numbers.
    """
    names = (folder / f"{i}.parquet" for i in count())
    for suites in batches:
        kinds: dict[tuple[float | None, float | None, str], dict[str, dict[str, int]]] = {}
        for suite in suites:
            for check in load(suite):
                by_suite = kinds.setdefault((check.min_value, check.max_value, check.severity), {})
                by_suite.setdefault(suite, {})[check.id] = len(checks)
                checks.append((suite, check))
        for (low, high, severity), numbers in kinds.items():
            differences = connection.sql(" union all ".join(map(_differences, numbers, numbers.values())))
            for table in _by_size(differences.to_arrow_reader(_DIFFERENCES_PER_FILE // 4)):
                path = next(names)
                pq.write_table(table, path)
                yield {"file": str(path), "min_value": low, "max_value": high, "severity": severity}


def _by_size(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Put batches together until they are a file's."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) > _DIFFERENCES_PER_FILE - len(batch):
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _differences(suite: str, numbers: dict[str, int]) -> str:
    """Return the SQL of a suite's differences of these checks, check → number: row, check_number, difference."""
    columns = ", ".join(f'"{check_id}"' for check_id in numbers)
    numbered = " ".join(f"when '{check_id}' then {number}" for check_id, number in numbers.items())
    return (
        f"select row, cast(case check_id {numbered} end as smallint) as check_number, difference from (unpivot (select "
        f"rowid as row, {columns} from batch_{suite}) on {columns} into name check_id value difference)"
    )


def _answer(lines: Iterable[str]) -> Iterator[list[tuple[int, int]]]:
    """Check file by file; yield what is out of bounds each time it is asked for."""
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    progress_bars = {"globally": False, "metric_calculations": False}
    context.variables.progress_bars = progress_bars
    asset = context.data_sources.add_pandas("night").add_dataframe_asset("batch")
    definition = asset.add_batch_definition_whole_dataframe("whole")
    # By position: Great Expectations copies every column it is given, and lists others row by row.
    result_format = {"result_format": "COMPLETE", "include_unexpected_rows": False}
    breaches: list[tuple[int, int]] = []
    for line in lines:
        if not line.strip():
            yield breaches
            breaches = []
            continue
        request = json.loads(line)
        batch = definition.get_batch({"dataframe": pd.read_parquet(request["file"], columns=["difference"])})
        expected = gx.ExpectationSuite(name="bounds", expectations=[_expectation(**request)])
        for result in batch.validate(expected, result_format=result_format).results:
            if not _held(result):
                places = pq.read_table(request["file"], columns=["row", "check_number"])
                out_of_bounds = places.take(result.result["unexpected_index_list"])
                breaches += zip(*(column.to_pylist() for column in out_of_bounds.columns), strict=True)


def _held(result: Any) -> bool:
    """Tell whether an expectation held; one that could not be evaluated must never pass."""
    info = result.exception_info or {}
    if info.get("raised_exception") or any(isinstance(v, dict) and v.get("raised_exception") for v in info.values()):
        raise RuntimeError(str(info))
    return result.success


def _expectation(min_value: float | None, max_value: float | None, severity: str, **_: str) -> dict[str, Any]:
    return {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "difference", "min_value": min_value, "max_value": max_value},
        "severity": "warning" if severity == "warn" else "critical",
    }


if __name__ == "__main__":
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the night, which then ends this
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    # Great Expectations names them at its top; only charts and statistics that no check here asks for use them.
    import_at_first_use("altair", "scipy.stats")
    gc.disable()  # nothing that an import makes is garbage
    import great_expectations  # noqa: F401  the seconds it takes pass while the night reads files

    gc.enable()

    for found in _answer(sys.stdin):
        print(json.dumps(found), file=answers, flush=True)
