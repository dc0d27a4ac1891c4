"""Great Expectations in a process of its own: its import takes seconds, so it starts with the night.

Protocol: one line on standard input names a folder of batches, ``<source>__<form>__<year>.parquet``;
``breaches.json`` beside them is the answer: batch → check → row keys out of bounds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from expectations.suite import Check, load


def start() -> subprocess.Popen:
    """Start the gate's process, so that it is ready when the batches are."""
    environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false"}
    return subprocess.Popen([sys.executable, "-m", "expectations.gate"], stdin=subprocess.PIPE, text=True, env=environment)


def validate(process: subprocess.Popen, folder: Path) -> dict[str, dict[str, list[str]]]:
    """Let the gate check every batch in ``folder``; return batch → check → breached row keys.

    Raises:
        RuntimeError: the gate did not finish.
    """
    answer = folder / "breaches.json"
    answer.unlink(missing_ok=True)
    try:
        process.communicate(f"{folder}\n")
    except BrokenPipeError:
        process.wait()
    if process.returncode or not answer.exists():
        raise RuntimeError(f"the validation process ended with code {process.returncode}")
    return json.loads(answer.read_text(encoding="utf-8"))


def _run(folder: Path) -> dict[str, dict[str, list[str]]]:
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("night").add_dataframe_asset("batch")
    definition = asset.add_batch_definition_whole_dataframe("whole")
    result_format = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_key"], "include_unexpected_rows": False}
    breaches = {}
    for file in sorted(folder.glob("*.parquet")):
        source, form, _ = file.stem.split("__")
        suite = gx.ExpectationSuite(name=file.stem, expectations=[_expectation(c) for c in load(source) if c.applies_to(form)])
        batch = definition.get_batch({"dataframe": pd.read_parquet(file)})
        results = batch.validate(suite, result_format=result_format).results
        breaches[file.stem] = {
            r.expectation_config.meta["check"]: [str(i["row_key"]) for i in r.result.get("unexpected_index_list") or []]
            for r in results
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
    target = sys.stdin.readline().strip()
    if target:
        found = _run(Path(target))
        (Path(target) / "breaches.json").write_text(json.dumps(found), encoding="utf-8")
