"""The night's extraction: read what is new, keep what is known, one Parquet set per source and year."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extract.files import replacing
from extract.forms import definitions_hash
from extract.harvest import CELLS, IGNORED, PLACES, ROWS
from extract.landing import Event, object_path
from extract.reading import OWNER, READINGS, read_file

if TYPE_CHECKING:
    import duckdb

SCHEMAS = {
    "readings": READINGS,
    "cells": pa.schema([*OWNER, *CELLS]),
    "places": pa.schema([*OWNER, *PLACES]),
    "rows": pa.schema([*OWNER, *ROWS]),
    "ignored": pa.schema([*OWNER, *IGNORED]),
}


def table_path(bronze: Path, table: str, source: str, year: int) -> Path:
    """Return where a bronze table of one source and year lies."""
    return bronze / table / f"{source}_{year}.parquet"


def extract(events: Iterable[Event], store: Path, bronze: Path, full: bool, progress: Callable[[int, int], None]) -> int:
    """Read every delivered content not read yet under the present definitions.

    Args:
        events: the ledger.
        store: where contents are kept.
        bronze: where the typed cells go.
        full: read everything again.
        progress: called with (files read, files to read).

    Returns:
        The number of files read.
    """
    definitions = definitions_hash()
    wanted: dict[tuple[str, int], set[str]] = {}
    for event in events:
        if event.event == "received" and event.year:
            wanted.setdefault((event.source, event.year), set()).add(event.file_sha256)
    kept = {key: {} if full else _kept(bronze, *key, definitions) for key in wanted}
    new = {key: sorted(shas - known_files(kept[key])) for key, shas in wanted.items()}
    total, done = sum(map(len, new.values())), 0
    for (source, year), shas in new.items():
        if not shas and kept[source, year]:
            continue
        tables = {name: [t] for name, t in kept[source, year].items()}
        for sha in shas:
            reading = read_file(object_path(store, sha).read_bytes(), source, year)
            for name, table in reading.tables(sha, source, year, definitions).items():
                tables.setdefault(name, []).append(table)
            done += 1
            progress(done, total)
        # readings last: a partition counts as written once they name its files
        for name in sorted(SCHEMAS, key=lambda n: n == "readings"):
            with replacing(table_path(bronze, name, source, year)) as path:
                pq.write_table(pa.concat_tables(tables.get(name) or [SCHEMAS[name].empty_table()]), path, compression="zstd")
    return done


def connect(bronze: Path, database: str = ":memory:") -> "duckdb.DuckDBPyConnection":
    """Return a DuckDB connection with one view per bronze table."""
    import duckdb

    connection = duckdb.connect(database)
    for name in SCHEMAS:
        pattern = (bronze / name / "*.parquet").as_posix().replace("'", "''")
        connection.execute(f"create or replace view {name} as select * from read_parquet('{pattern}')")
    return connection


def known_files(tables: dict[str, pa.Table]) -> set[str]:
    """Return the hashes of the files that a partition already holds."""
    return set(tables["readings"]["file_sha256"].to_pylist()) if tables else set()


def _kept(bronze: Path, source: str, year: int, definitions: str) -> dict[str, pa.Table]:
    """Return what is on disk for one source and year, read under the present definitions."""
    if not table_path(bronze, "readings", source, year).exists():
        return {}
    tables = {name: pq.read_table(table_path(bronze, name, source, year)) for name in SCHEMAS}
    if pc.any(pc.not_equal(tables["readings"]["definitions"], definitions)).as_py():
        return {}
    files = tables["readings"]["file_sha256"]
    return {name: t.filter(pc.is_in(t["file_sha256"], files)) for name, t in tables.items()}
