"""From batches to what each breach leads to: cells and rows set aside, findings, check results."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from expectations.batches import build_batches
from expectations.findings import find
from expectations.worker import ValidationWorker
from extract.common.atomic import replacing

if TYPE_CHECKING:
    import duckdb


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
