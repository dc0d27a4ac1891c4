"""The night's extraction: read what is new, keep what is known, one Parquet set per source, year and area."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from extract.files import replacing
from extract.forms import NUMERIC_KINDS, SEEDS, definitions_hash, is_translated, measure_kinds, measures_of_source, read_csv, sources
from extract.landing import Event, person_secret
from extract.partition import Partition, schemas, table_path
from extract.processes import write_partitions

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def extract(events: Iterable[Event], store: Path, bronze: Path, full: bool, progress: Callable[[int, int], None]) -> int:
    """Read every delivered content not read yet under the present definitions.

    Args:
        events: the ledger.
        store: where contents are kept.
        bronze: where the typed lines go.
        full: read everything again.
        progress: called with (files read, files to read).

    Returns:
        The number of files read.
    """
    write_empty(bronze)
    partitions = _to_write(events, store, bronze, full)
    total = sum(len(p.read) for p in partitions)
    if partitions:
        write_partitions(partitions, lambda done: progress(done, total))
    return total


def tables() -> dict[str, "pa.Schema"]:
    """Return bronze table → schema: lines by source, and what every source has."""
    return {name: schema for source in sources() for name, schema in schemas(source).items()}


def views(bronze: Path) -> dict[str, str]:
    """Return bronze view → its SQL: every table, and each source's lines cell by cell.

    ``<source>_cells`` has a row per value: source, year, file_sha256, row, kind, stage, measure, number, text;
    ``<source>_written`` a row per value that differs from what its cell shows: … stage, measure, written.
    """
    selects = {}
    for name in tables():
        pattern = (bronze / name / "*.parquet").as_posix().replace("'", "''")
        selects[name] = f"select * from read_parquet('{pattern}')"
    cells = {f"{source}_cells": _cells(source, selects[f"{source}_lines"]) for source in sources()}
    return selects | cells | {f"{source}_written": _written(source, selects[f"{source}_lines"]) for source in sources()}


def indicator_figures(bronze: Path) -> str:
    """Return the SQL of the census lines reduced to the figures that indicators are made of."""
    wanted = {(r["measure_stage"], r["measure"]) for r in read_csv(SEEDS / "indicator_measures.csv")} | {(s, "pupils") for s in ("primary", "junior", "senior")}
    columns = ", ".join(f'"{s}.{m}"' for s, m in sorted(wanted))
    return f"select year, file_sha256, row, {columns} from ({views(bronze)['census_lines']})"


def connect(bronze: Path, database: str = ":memory:") -> "duckdb.DuckDBPyConnection":
    """Return a DuckDB connection with one view per bronze table."""
    import duckdb

    connection = duckdb.connect(database)
    for name, select in views(bronze).items():
        connection.execute(f"create or replace view {name} as {select}")
    return connection


def _cells(source: str, lines: str) -> str:
    owner = "source, year, file_sha256, row, kind"
    parts = []
    for is_number in (True, False):
        columns = [f'"{s}.{m}"' for s, m in measures_of_source(source) if (measure_kinds()[m] in NUMERIC_KINDS) == is_number]
        if not columns:
            continue
        value = "value as number, cast(null as varchar) as text" if is_number else "cast(null as double) as number, value as text"
        own = f"select {owner}, {', '.join(columns)} from ({lines})"
        unpivoted = f"unpivot ({own}) on {', '.join(columns)} into name name value value"
        parts.append(f"select {owner}, split_part(name, '.', 1) as stage, split_part(name, '.', 2) as measure, {value} from ({unpivoted})")
    return " union all ".join(parts)


def _written(source: str, lines: str) -> str:
    owner = "source, year, file_sha256, row, kind"
    columns = ", ".join(f'"{s}.{m}.written"' for s, m in measures_of_source(source) if is_translated(m))
    if not columns:
        return f"select {owner}, '' as stage, '' as measure, '' as written from ({lines}) where false"
    unpivoted = f"unpivot (select {owner}, {columns} from ({lines})) on {columns} into name name value written"
    return f"select {owner}, split_part(name, '.', 1) as stage, split_part(name, '.', 2) as measure, written from ({unpivoted})"


def write_empty(bronze: Path) -> None:
    """Write an empty file per table, so that each has its columns before anything is delivered."""
    for name, schema in tables().items():
        path = bronze / name / "empty.parquet"
        if not path.exists() or pq.read_schema(path) != schema:
            with replacing(path) as partial:
                pq.write_table(schema.empty_table(), partial)


def _to_write(events: Iterable[Event], store: Path, bronze: Path, full: bool) -> list[Partition]:
    """Return the partitions that lack a content. A content belongs to where it was received first."""
    general, key = definitions_hash(), sha256(person_secret(store)).hexdigest()[:8]
    area_of: dict[tuple[str, int, str], str] = {}
    for event in events:
        if event.event == "received" and event.year:
            area_of.setdefault((event.source, event.year, event.file_sha256), event.county_code[:2])
    wanted: dict[tuple[str, int, str], set[str]] = {}
    for (source, year, sha), area in area_of.items():
        wanted.setdefault((source, year, area), set()).add(sha)
    partitions = []
    for (source, year, area), contents in sorted(wanted.items()):
        # What is read of persons depends on the installation's key as well.
        definitions = f"{general}-{key}" if ("all", "person") in measures_of_source(source) else general
        kept = set() if full else contents & _known(table_path(bronze, "readings", source, year, area), definitions)
        if contents - kept:
            partitions.append(Partition(str(store), str(bronze), definitions, source, year, area, sorted(contents - kept), sorted(kept)))
    return partitions


def _known(readings: Path, definitions: str) -> set[str]:
    """Return the contents that a partition holds as read under the present definitions."""
    if not readings.exists():
        return set()
    known = pq.read_table(readings, columns=["file_sha256", "definitions"]).to_pydict()
    return {sha for sha, under in zip(*known.values(), strict=True) if under == definitions}
