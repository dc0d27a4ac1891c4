"""From batches to what each breach leads to: cells and rows set aside, findings, check results."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.batches import build_batches
from expectations.findings import find
from expectations.worker import ValidationWorker
from extract.common.atomic import replacing
from extract.common.place import read_parquet

if TYPE_CHECKING:
    import duckdb

CHECKED = ("findings", "quarantined_cells", "check_counts")  # what a shard leaves, the last once all are there


def validate(
    connection: "duckdb.DuckDBPyConnection",
    run_folder: Path,
    base: Path | None,
    worker: ValidationWorker,
    overlap_with: Callable[[], None],
) -> None:
    """Check every row of the changed counties; write findings and cells set aside to the run's folder.

    Leaves tables ``findings_described``, ``quarantined_cells`` and ``check_counts`` of the changed counties.

    Args:
        connection: bronze views, and tables ``deliveries``, ``superseded_schools``, ``changed_counties`` and
            ``contested_census``.
        run_folder: receives ``findings`` and ``quarantined_cells`` of all counties as Parquet.
        base: folder of the run that what is said of the other counties is taken from.
        worker: the process that runs Great Expectations.
        overlap_with: called here while that process works.
    """
    worker.validate(connection, build_batches(connection), run_folder / "batches", overlap_with)
    connection.register("findings_described", find(connection))
    _write(connection, run_folder, base)


def validate_shard(
    connection: "duckdb.DuckDBPyConnection", folder: Path, counties: list[str], worker: ValidationWorker
) -> None:
    """Check every row of some counties; leave what is found in a folder, for ``put_together``.

    Args:
        connection: as for ``validate``, without table ``changed_counties``.
        folder: receives the files ``CHECKED`` as Parquet.
        counties: codes.
        worker: the process that runs Great Expectations.
    """
    connection.execute("create table changed_counties as select unnest(?) as county_code", [counties])
    validate(connection, folder, None, worker, lambda: None)
    with replacing(folder / "check_counts.parquet") as partial:
        pq.write_table(connection.sql("from check_counts order by all").to_arrow_table(), partial)


def put_together(
    connection: "duckdb.DuckDBPyConnection", run_folder: Path, base: Path | None, shards: list[Path]
) -> None:
    """Do what ``validate`` does, of what shards have found together.

    Args:
        connection: table ``changed_counties``.
        run_folder: as for ``validate``.
        base: as for ``validate``.
        shards: folders that ``validate_shard`` wrote to, which have looked at every county between them.
    """
    for table, name in (("findings_described", "findings"), *((name, name) for name in CHECKED[1:])):
        connection.register(
            "of_shards", pa.concat_tables(read_parquet(folder / f"{name}.parquet") for folder in shards)
        )
        connection.execute(
            f"create or replace table {table} as from of_shards where county_code in (from changed_counties) "
            "order by all"
        )
    _write(connection, run_folder, base)


def _write(connection: "duckdb.DuckDBPyConnection", run_folder: Path, base: Path | None) -> None:
    for table, name in (("findings_described", "findings"), ("quarantined_cells", "quarantined_cells")):
        kept = (
            f"union all from read_parquet('{(base / name).as_posix()}.parquet') where county_code not in (from "
            "changed_counties)"
            if base
            else ""
        )
        with replacing(run_folder / f"{name}.parquet") as partial:
            pq.write_table(
                connection.sql(f"from (from {table} {kept}) order by all").to_arrow_table(), partial, compression="zstd"
            )
