"""Where the time of a night goes: a 60-school county, from start to published.
Every run starts from an empty home with one census year and what belongs to it from every other source. Figures are
medians of several runs; memory is the largest single process. Every cell is read again with another library. Pages and
documents are measured apart. Prints Markdown for docs/benchmarks.md.
"""

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openpyxl import load_workbook
from rich.progress import track

from junheng import run_log
from junheng.home import Home
from junheng.synthetic import County, write_county
from tests.conftest import Office
from tests.verify_lineage import wrong_cells

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def timed(command: list[str], environment: dict[str, str]) -> float:
    """Run a command; return its wall seconds.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    start = time.perf_counter()
    subprocess.run(command, env={**os.environ, **environment}, cwd=PROJECT, check=True, capture_output=True)
    return time.perf_counter() - start


def command_night(landing: Path, folder: Path) -> dict[str, float]:
    """Return wall seconds and the seconds of each step of one cold ``junheng refresh``."""
    home = folder / "command"
    shutil.copytree(landing, home / "landing")
    without_pages = {"JUNHENG_HOME": str(home), "JUNHENG_PAGES": "0"}
    wall = timed([str(BIN / "junheng"), "refresh"], without_pages)
    steps = run_log.read(Home(home))[-1].seconds
    again = timed([str(BIN / "junheng"), "refresh"], without_pages)
    correct_a_figure(home / "landing")
    corrected = timed([str(BIN / "junheng"), "refresh"], without_pages)
    pages = timed([str(BIN / "junheng"), "refresh"], {"JUNHENG_HOME": str(home)}) - again
    seen, wrong = wrong_cells(Office(home))
    print(f"Cells read again with another library: {seen:,}, wrong {len(wrong)}", *wrong[:10], sep="\n")
    shutil.rmtree(home)
    return {
        "whole command": wall,
        **steps,
        "unchanged night": again,
        "one corrected file": corrected,
        "pages and documents besides": pages,
    }


def correct_a_figure(landing: Path) -> None:
    """Write a greater number into a school's workbook."""
    path = min((landing / "census").rglob("*.xlsx"))
    book = load_workbook(path)
    cells = (cell for row in book.worksheets[0].iter_rows() for cell in row)
    cell = next(cell for cell in cells if isinstance(cell.value, (int, float)) and cell.value > 100)
    cell.value += 1
    book.save(path)


def dag_night(landing: Path, folder: Path, database: Path) -> dict[str, float]:
    """Return wall seconds of one cold night as ``airflow dags test``, its database prepared beforehand."""
    home = folder / "dag"
    shutil.copytree(landing, home / "landing")
    (home / "airflow").mkdir()
    shutil.copyfile(database, home / "airflow" / "refresh.db")
    wall = timed(["sh", "dags/airflow.sh", "refresh"], {"JUNHENG_HOME": str(home), "JUNHENG_PAGES": "0"})
    shutil.rmtree(home)
    return {"whole DAG": wall}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--schools", type=int, default=60)
    options = parser.parse_args()
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = len(
            write_county(folder / "landing", County("649901", options.schools, "workbook"), [2025], 1, sources=True)
        )
        prepared = folder / "prepared"
        (prepared / "airflow").mkdir(parents=True)
        database = prepared / "airflow" / "refresh.db"
        airflow = {
            "AIRFLOW_HOME": str(prepared / "airflow"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        }
        found["prepare Airflow's database (once)"] = [timed([str(BIN / "airflow"), "db", "migrate"], airflow)]
        for _ in track(range(options.runs), description="nights"):
            measured = command_night(folder / "landing", folder) | dag_night(folder / "landing", folder, database)
            measured["Airflow around it (DAG less command)"] = measured["whole DAG"] - measured["whole command"]
            for library in ("great_expectations", "dbt.cli.main", "airflow.sdk", "pandas"):
                measured[f"import {library}"] = timed([sys.executable, "-c", f"import {library}"], {})
            for what, seconds in measured.items():
                found.setdefault(what, []).append(seconds)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"\n{options.schools} schools, {files} files (census workbooks and every other source), median of "
        f"{options.runs} runs; {os.cpu_count()} cores, Python {platform.python_version()}; largest process "
        f"{peak:.0f} MiB\n"
    )
    print("| what | median s | min | max |\n|---|---:|---:|---:|")
    for what, seconds in found.items():
        print(f"| {what} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f} |")


if __name__ == "__main__":
    main()
