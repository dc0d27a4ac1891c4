"""Build aside, check, then swap: readers never wait and never see half a warehouse."""

import os
from pathlib import Path

import duckdb

from extract.bronze import SCHEMAS

# Readable by every DuckDB 1.x client.
_STORAGE = "v1.0.0"
# What the published file holds besides the marts: nothing a mart does not stand on.
_KEPT_SCHEMAS = ("marts",)


def prepare(build: Path, bronze: Path, run: Path, checks: Path) -> Path:
    """Create an empty build file with views over this run's Parquet; return its path."""
    for leftover in (build, build.with_suffix(".duckdb.wal")):
        leftover.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(build)} as junheng (storage_version '{_STORAGE}')")
        connection.execute("create schema junheng.bronze")
        files = {name: bronze / name / "*.parquet" for name in SCHEMAS}
        files |= {name: run / f"{name}.parquet" for name in ("deliveries", "set_aside", "corrected_rows", "cells_set_aside", "findings")}
        files |= {"check_results": checks / "*.parquet"}
        for name, pattern in files.items():
            connection.execute(f"create view junheng.bronze.{name} as select * from read_parquet({_text(pattern)})")
    return build


def check_conservation(build: Path) -> None:
    """Refuse to publish a warehouse in which a row of a file is unaccounted for.

    Raises:
        RuntimeError: rows in ≠ loaded + quarantined + non-data for some file.
    """
    with duckdb.connect(str(build), read_only=True) as connection:
        lost = connection.execute("""
            select path, rows_in, rows_loaded, rows_quarantined, rows_non_data from marts.mart_file_outcome
            where rows_in <> rows_loaded + rows_quarantined + rows_non_data
        """).fetchall()
    if lost:
        raise RuntimeError(f"rows unaccounted for in {len(lost)} file outcomes, first: {lost[0]}")


def swap(build: Path, published: Path) -> None:
    """Copy the marts into a compact file and put it in the published one's place at once."""
    published.parent.mkdir(parents=True, exist_ok=True)
    fresh = published.with_name(f".{published.name}.partial")
    for leftover in (fresh, fresh.with_name(fresh.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(build)} as built (read_only)")
        connection.execute(f"attach {_text(fresh)} as fresh (storage_version '{_STORAGE}')")
        for schema in _KEPT_SCHEMAS:
            connection.execute(f"create schema fresh.{schema}")
            tables = connection.execute(
                "select table_name, comment from duckdb_tables() where database_name = 'built' and schema_name = ? order by 1", [schema]
            ).fetchall()
            for table, comment in tables:
                connection.execute(f"create table fresh.{schema}.{table} as from built.{schema}.{table}")
                connection.execute(f"comment on table fresh.{schema}.{table} is {_text(comment or '')}")
    with fresh.open("rb") as written:
        os.fsync(written.fileno())
    fresh.replace(published)


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
