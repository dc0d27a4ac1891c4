"""Build aside, check, then swap: readers never wait and never see half a warehouse."""

import os
import shutil
from pathlib import Path

import duckdb

from extract.bronze import indicator_figures, views

# Readable by every DuckDB 1.x client.
_STORAGE = "v1.0.0"


def prepare(build: Path, bronze: Path, run: Path, checks: Path, base: Path | None = None) -> Path:
    """Create a build file with views over this run's Parquet, empty or on what an earlier run built; return its path."""
    for leftover in (build, build.with_suffix(".duckdb.wal")):
        leftover.unlink(missing_ok=True)
    if base:
        shutil.copyfile(base / build.name, build)
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(build)} as junheng (storage_version '{_STORAGE}')")
        connection.execute("create schema junheng.bronze")
        files = {name: run / f"{name}.parquet" for name in ("deliveries", "set_aside", "corrected_rows", "cells_set_aside", "findings")}
        files |= {"check_results": checks / "*.parquet"} | ({"changed_counties": run / "changed_counties.parquet"} if base else {})
        for name, select in (views(bronze) | {"indicator_figures": indicator_figures(bronze)} | {name: f"select * from read_parquet({_text(file)})" for name, file in files.items()}).items():
            connection.execute(f"create view junheng.bronze.{name} as {select}")
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


def seal(build: Path) -> None:
    """Leave in a built warehouse only what can be read without any other file."""
    with duckdb.connect(str(build)) as connection:
        connection.execute("drop schema bronze cascade")


def swap(build: Path, published: Path) -> None:
    """Put a built warehouse in the published one's place at once; the build stays where it is."""
    if published.exists() and build.samefile(published):
        return
    fresh = published.with_name(f".{published.name}.partial")
    fresh.unlink(missing_ok=True)
    _link_or_copy(build, fresh)
    with fresh.open("rb") as written:
        os.fsync(written.fileno())
    fresh.replace(published)


def _link_or_copy(file: Path, target: Path) -> None:
    try:
        target.hardlink_to(file)
    except OSError:  # a file system without links
        shutil.copyfile(file, target)


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
