"""A nation's census through a night, and beside it what bounds it. Prints Markdown, draws the curve.
Lists of counties of all sizes, half .xlsx and half .csv, four census years. At each size one cold night from an empty
home; at the largest also an unchanged night, a night with one changed county, one with all other sources of a year,
``explain``, ``baseline_pandas.py`` on a sample of the same files, the models' SQL straight in DuckDB, and a bare read
of the same Parquet. Memory is that of all processes together, sampled.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import psutil

from extract.bronze.views import connect
from extract.definitions.forms import measures_of_source
from extract.definitions.vocabulary import NUMERIC_KINDS, measure_kinds
from junheng import run_log, synthetic
from junheng.dbt import Dbt
from junheng.explain import explain
from junheng.explain.names import Asked
from junheng.home import Home
from publish import warehouse
from tests.conftest import Office
from tests.verify_lineage import wrong_cells

PROJECT = Path(__file__).resolve().parents[2]
JUNHENG = str(Path(sys.executable).with_name("junheng"))
YEARS = [2022, 2023, 2024, 2025]


def night(home: Path) -> dict[str, float]:
    """Run one night; return its wall seconds, the seconds of each step, and its peak memory in MiB."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [JUNHENG, "refresh"],
        env={**os.environ, "JUNHENG_HOME": str(home), "JUNHENG_PAGES": "0"},  # pages are measured apart
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    peak = [0]
    watcher = threading.Thread(target=watch, args=(process.pid, peak))
    watcher.start()
    error = process.communicate()[1]
    seconds = time.perf_counter() - start
    watcher.join()
    if process.returncode not in (0, 3):
        raise RuntimeError(error.decode())
    return {"whole": seconds, **run_log.read(Home(home))[-1].seconds, "peak MiB": peak[0] / 2**20}


def watch(pid: int, peak: list[int]) -> None:
    """Keep the largest resident memory of a process and its children together."""
    while psutil.pid_exists(pid):
        try:
            root = psutil.Process(pid)
            used = 0
            for process in [root, *root.children(recursive=True)]:
                used += process.memory_info().rss
            peak[0] = max(peak[0], used)
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.2)


def straight_sql(home: Home, folder: Path) -> float:
    """Run what dbt made of models and snapshots straight in DuckDB, in the order of references; return seconds."""
    dbt = Dbt(home.build / "junheng.duckdb", home.build / "dbt", home.logs / "dbt")
    shutil.copyfile(home.warehouse, dbt.database)
    dbt.parse()
    dbt.invoke("compile")
    dbt.database.unlink()
    nodes = {k: n for k, n in dbt._manifest.nodes.items() if n.resource_type in ("model", "snapshot")}
    run = next(home.build.glob("*-????????"))
    build = warehouse.prepare(folder / "junheng.duckdb", home.bronze, run, home.logs / "checks")
    with duckdb.connect(str(build), config={"memory_limit": "3GiB"}) as connection:
        connection.execute(f"attach '{home.warehouse}' as built (read_only)")
        connection.execute("create schema seeds")
        for (seed,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'built' and schema_name = 'seeds'"
        ).fetchall():
            connection.execute(f"create table seeds.{seed} as from built.seeds.{seed}")
        for schema in {n.schema for n in nodes.values()}:
            connection.execute(f"create schema {schema}")
        start = time.perf_counter()
        for key in TopologicalSorter({k: n.depends_on.nodes for k, n in nodes.items()}).static_order():
            if key in nodes:
                node = nodes[key]
                name, sql = f"{node.schema}.{node.name}", node.compiled_code
                if node.resource_type == "snapshot":
                    sql = (
                        "select *, timestamp '2026-01-01' as known_from, cast(null as timestamp) as known_to from "
                        f"({sql})"
                    )
                if node.config.materialized == "as_known":
                    connection.execute(f"create macro {name}(as_known_on, as_of) as table {sql}")
                    sql = f"from {name}(date '9999-12-30', current_date)"
                kind = "view" if node.config.materialized in ("view", "as_known") else "table"
                connection.execute(f"create {kind} {name} as {sql}")
        return time.perf_counter() - start


def bare_read(home: Home) -> float:
    """Add up every figure of every line, straight from the Parquet; return seconds."""
    connection = connect(home.bronze)
    figures = [
        f'sum("{stage}.{measure}")'
        for stage, measure in measures_of_source("census")
        if measure_kinds()[measure] in NUMERIC_KINDS
    ]
    start = time.perf_counter()
    connection.execute(f"select {', '.join(figures)} from census_lines").fetchall()
    return time.perf_counter() - start


def plain_script(home: Home, sample: list[Path]) -> float:
    """Return seconds per file of the plain script; it must have found the schools that the night found."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("baseline_pandas.py"))],
        input="\n".join(map(str, sample)),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    paths = [file.relative_to(home.landing).as_posix() for file in sample]
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        loaded = connection.execute(
            "select sum(rows_loaded) from marts.mart_file_outcome where step = 'validate' and list_contains(?, path)",
            [paths],
        ).fetchall()[0][0]
    if answer["rows"] != loaded:
        raise RuntimeError(f"the plain script found {answer['rows']} schools, the night {loaded}")
    return answer["seconds"] / len(sample)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1,10,100,1000,2800", help="numbers of counties; about 71 schools each")
    parser.add_argument("--plain-files", type=int, default=300)
    parser.add_argument(
        "--reread-counties",
        type=int,
        help="of how many counties every cell is read again with another library; default: all",
    )
    parser.add_argument("--keep", type=Path, help="write the homes here and keep them")
    options = parser.parse_args()
    sizes = [int(s) for s in options.sizes.split(",")]
    folder = options.keep or Path(tempfile.mkdtemp())
    curve = []
    for size in sizes:
        home = Home(folder / str(size))
        start = time.perf_counter()
        counties = synthetic.nation(size, round(size * 200_000 / 2800), "mixed", 1)
        written = synthetic.write_nation(home.landing, counties, YEARS, 1, os.cpu_count() or 1, lambda _: None)
        made = time.perf_counter() - start
        curve.append(
            {
                "counties": size,
                "schools": sum(c.schools for c in counties),
                "files": len(written),
                "made": made,
                **night(home.root),
            }
        )
        print(curve[-1], flush=True)
        if size != sizes[-1]:
            shutil.rmtree(home.root)
    report(home, curve, options)
    if not options.keep:
        shutil.rmtree(folder)


def report(home: Home, curve: list[dict[str, float]], options: argparse.Namespace) -> None:
    """Print the curve, then measure what goes beside the largest night, and print each figure as it is known."""
    cold = curve[-1]
    print(
        "\n| counties | schools | files | whole s | receive | extract | validate | transform | publish | peak MiB "
        "| generation s |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    for c in curve:
        print(
            f"| {c['counties']:,} | {c['schools']:,} | {c['files']:,} | **{c['whole']:.1f}** | "
            + " | ".join(f"{c[s]:.1f}" for s in ("receive", "extract", "validate", "transform", "publish"))
            + f" | {c['peak MiB']:,.0f} | {c['made']:.0f} |"
        )
    draw(curve, PROJECT / "docs" / "nation.svg")
    tell("\nUnchanged night", night(home.root), cold)
    with tempfile.TemporaryDirectory() as scratch:
        straight = straight_sql(home, Path(scratch))
    print(
        f"Transformation {cold['transform']:.1f} s; the same SQL straight {straight:.1f} s: "
        f"{cold['transform'] / straight:.2f} ×; a bare read of the figures {bare_read(home):.2f} s",
        flush=True,
    )
    files = sorted((home.landing / "census").rglob("*.*"))
    sample = random.Random(1).sample(files, min(options.plain_files, len(files)))
    per_file, plain = cold["extract"] * len(os.sched_getaffinity(0)) / cold["files"], plain_script(home, sample)
    print(
        f"Extraction: {per_file * 1000:.1f} ms of a core per file; plain script {plain * 1000:.1f} ms "
        f"({len(sample)} files): {plain / per_file:.1f} ×",
        flush=True,
    )
    explained = explain_some(home)
    print(
        f"explain: median {statistics.median(explained):.3f} s, max {max(explained):.3f} s of {len(explained)}",
        flush=True,
    )
    changed = next(f for f in files if f.suffix == ".csv" and "2025" in f.parts)
    lines = changed.read_bytes().decode("gb18030").split("\r\n")
    lines[2] = lines[2].rsplit(",", 1)[0] + ",77"
    changed.with_name(f"更新{changed.name}").write_bytes("\r\n".join(lines).encode("gb18030"))
    tell("One county changed", night(home.root), cold)
    seen, wrong = wrong_cells(
        Office(home.root), options.reread_counties, lambda text: print(f"    {text}", file=sys.stderr, flush=True)
    )
    print(
        f"Cells read again with another library: {seen:,} of {options.reread_counties or cold['counties']:,} "
        f"counties, wrong {len(wrong)}",
        *wrong[:10],
        sep="\n",
        flush=True,
    )
    counties = synthetic.nation(cold["counties"], round(cold["counties"] * 200_000 / 2800), "mixed", 1)
    others = synthetic.write_other_sources(home.landing, counties, YEARS[-1:], 1, os.cpu_count() or 1)
    tell(f"Every other source of one year added, {others:,} files", night(home.root), cold)


def tell(what: str, measured: dict[str, float], cold: dict[str, float]) -> None:
    """Print a night beside the cold one."""
    print(
        f"{what}: {measured['whole']:.1f} s, {measured['whole'] / cold['whole']:.2f} of the cold night; "
        + ", ".join(f"{k} {v:.1f}" for k, v in measured.items() if k != "whole"),
        flush=True,
    )


def explain_some(home: Home) -> list[float]:
    """Explain one indicator of each of twenty schools; return the seconds each took."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        where = connection.execute(
            "select county_code, school_id from marts.mart_school_compliance where census_year = 2025 and stage = "
            "'primary' order by hash(school_id) limit 20"
        ).fetchall()
    seconds = []
    for county, school in where:
        start = time.perf_counter()
        explain(home.warehouse, Asked(county, school, "primary", 2025, "R4"))
        seconds.append(time.perf_counter() - start)
    return seconds


def draw(curve: list[dict[str, float]], target: Path) -> None:
    """Draw seconds over counties, both logarithmic, beside a line that grows as the data."""
    from math import log10

    def x(counties: float) -> float:
        return 70 + 130 * log10(counties)

    def y(seconds: float) -> float:
        return 330 - 110 * log10(seconds)

    points = " ".join(f"{x(c['counties']):.0f},{y(c['whole']):.0f}" for c in curve)
    last = curve[-1]
    grid = "".join(
        f'<line x1="70" x2="540" y1="{y(s):.0f}" y2="{y(s):.0f}" stroke="#ddd"/><text x="60" y="{y(s) + 4:.0f}" '
        f'text-anchor="end">{s}</text>'
        for s in (1, 10, 100, 300)
    )
    marks = "".join(
        f'<circle cx="{x(c["counties"]):.0f}" cy="{y(c["whole"]):.0f}" r="4" fill="#0a6"/><text '
        f'x="{x(c["counties"]):.0f}" y="350" text-anchor="middle">{c["counties"]}</text><text '
        f'x="{x(c["counties"]):.0f}" y="{y(c["whole"]) - 10:.0f}" text-anchor="middle">{c["whole"]:.0f} s</text>'
        for c in curve
    )
    ideal = (
        f'<line x1="{x(last["counties"] / last["whole"]):.0f}" y1="{y(1):.0f}" x2="{x(last["counties"]):.0f}" '
        f'y2="{y(last["whole"]):.0f}" stroke="#999" stroke-dasharray="4"/>'
    )
    target.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 390" font-family="sans-serif" '
        f'font-size="12"><rect width="600" height="390" fill="white"/>{grid}{ideal}<polyline points="{points}" '
        f'fill="none" stroke="#0a6" stroke-width="2"/>{marks}<text x="300" y="375" text-anchor="middle">counties '
        "(synthetic, 71 schools each on average, four years); dashed: cost growing as the data</text><text "
        'x="70" y="20">seconds of a cold night, two cores</text></svg>\n',
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
