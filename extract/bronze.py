"""The night's extraction: read what is new, keep what is known, one Parquet set per source, year and area."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from extract.common.seeds import seed
from extract.files import replacing
from extract.forms import (
    NUMERIC_KINDS,
    definitions_hash,
    is_translated,
    measure_kinds,
    measures_of_source,
    sources,
)
from extract.landing import Event, person_secret
from extract.partition import Partition, schemas, table_path
from extract.processes import write_partitions

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def extract(
    events: Iterable[Event], store: Path, bronze: Path, full: bool, progress: Callable[[int, int], None]
) -> int:
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
    ``<source>_by_line`` a row per line with all its values but persons' numbers in a list: … school_id,
    cells (measure, number, text, written).
    """
    selects = {}
    for name in tables():
        pattern = (bronze / name / "*.parquet").as_posix().replace("'", "''")
        selects[name] = f"select * from read_parquet('{pattern}')"
    cells = {f"{source}_cells": _cells(source, selects[f"{source}_lines"]) for source in sources()}
    return selects | cells | {f"{source}_by_line": _by_line(source, selects[f"{source}_lines"]) for source in sources()}


def indicator_figures(bronze: Path) -> str:
    """Return the SQL of the census lines reduced to the figures that indicators are made of."""
    wanted = {(r["measure_stage"], r["measure"]) for r in seed("indicator_measures")} | {
        (s, "pupils") for s in ("primary", "junior", "senior")
    }
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
        columns = [
            f'"{s}.{m}"' for s, m in measures_of_source(source) if (measure_kinds()[m] in NUMERIC_KINDS) == is_number
        ]
        if not columns:
            continue
        value = (
            "value as number, cast(null as varchar) as text"
            if is_number
            else "cast(null as double) as number, value as text"
        )
        own = f"select {owner}, {', '.join(columns)} from ({lines})"
        unpivoted = f"unpivot ({own}) on {', '.join(columns)} into name name value value"
        parts.append(
            f"select {owner}, split_part(name, '.', 1) as stage, split_part(name, '.', 2) as measure, {value} "
            f"from ({unpivoted})"
        )
    return " union all ".join(parts)


def _by_line(source: str, lines: str) -> str:
    entries = []
    for stage, measure in measures_of_source(source):
        if measure == "person":
            continue
        column, is_number = f'"{stage}.{measure}"', measure_kinds()[measure] in NUMERIC_KINDS
        number, text = (column, "null") if is_number else ("null", column)
        written = f'"{stage}.{measure}.written"' if is_translated(measure) else "null"
        entries.append(
            f"struct_pack(measure := '{measure}', number := cast({number} as double), text := cast({text} as "
            f"varchar), written := cast({written} as varchar))"
        )
    school = '"all.school_id"' if ("all", "school_id") in measures_of_source(source) else "cast(null as varchar)"
    cells = f"list_filter([{', '.join(entries)}], lambda cell: cell.number is not null or cell.text is not null)"
    return f"select source, year, file_sha256, row, kind, {school} as school_id, {cells} as cells from ({lines})"


def write_empty(bronze: Path) -> None:
    """Write an empty file per table, so that each has its columns before anything is delivered."""
    for name, schema in tables().items():
        # Named so that it is listed last: how many rows there are is guessed from the first file.
        path = bronze / name / "zero.parquet"
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
            partitions.append(
                Partition(
                    str(store), str(bronze), definitions, source, year, area, sorted(contents - kept), sorted(kept)
                )
            )
    return partitions


def _known(readings: Path, definitions: str) -> set[str]:
    """Return the contents that a partition holds as read under the present definitions."""
    if not readings.exists():
        return set()
    known = pq.read_table(readings, columns=["file_sha256", "definitions"]).to_pydict()
    return {sha for sha, under in zip(*known.values(), strict=True) if under == definitions}
