"""The marts as Parquet, one folder per mart, year and county: ``published/parquet/<mart>/<year>=…/county_code=…/``.

Beside them lie ``schema.csv`` and ``datapackage.json``. A folder per run is written aside; ``published/parquet`` is a
link that is turned to it at once. The folder before stays until the next night, for whoever still reads it.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from extract.common.sql import quote_text
from publish.comments import parquet_metadata
from publish.dictionary import Mart, marts
from publish.package import write_package, write_schema

UP_TO_DATE = ("Parquet 已是最新", "Parquet is up to date")
_YEARS = ("census_year", "assessment_year", "fiscal_year", "year")


def copy_marts(warehouse: Path, run_id: str, address: str, progress: Callable[[str], None]) -> bool:
    """Write the marts beside the published warehouse, with ``schema.csv``; see ``Target``."""
    published = warehouse.parent
    link, target = published / "parquet", published / f".parquet-{run_id}"
    before = link.readlink().name if link.is_symlink() else None
    for folder in published.glob(".parquet-*"):
        if folder.name != before:
            shutil.rmtree(folder)  # of two nights ago, or begun by a night that was killed
    if before == target.name:
        return False
    write_marts(warehouse, target, progress)
    os.sync()
    turned = published / ".parquet.partial"
    turned.unlink(missing_ok=True)
    turned.symlink_to(target.name)
    turned.replace(link)
    return True


def write_marts(warehouse: Path, target: Path, progress: Callable[[str], None]) -> None:
    """Write the marts of a warehouse into a folder, with what describes them."""
    wanted = [mart for mart in marts() if mart.is_served]
    with duckdb.connect(str(warehouse), read_only=True) as source:
        for number, mart in enumerate(wanted, 1):
            _copy(source, mart, target)
            progress(f"    {number}/{len(wanted)} {mart.name}")
    write_schema(target)
    write_package(
        target,
        "junheng",
        {
            m.name: sorted(f.relative_to(target).as_posix() for f in (target / m.name).rglob("*.parquet"))
            for m in wanted
        },
        {mart.name: partitions(mart) for mart in wanted},
    )


def partitions(mart: Mart) -> list[str]:
    """Return the columns that a mart's folders are named by."""
    names = {column.name for column in mart.columns}
    year = next((name for name in _YEARS if name in mart.grain), None)
    return [name for name in (year, "county_code") if name in names]


def _copy(source: duckdb.DuckDBPyConnection, mart: Mart, target: Path) -> None:
    folder, by = target / mart.name, partitions(mart)
    folder.mkdir(parents=True)
    order = ", ".join(mart.grain)
    where = quote_text(folder if by else folder / "data_0.parquet")
    cut = f", partition_by ({', '.join(by)})" if by else ""
    source.execute(
        f"copy (from marts.{mart.name} order by {order}) to {where} "
        f"(format parquet, compression zstd, {parquet_metadata(mart)}{cut})"
    )
