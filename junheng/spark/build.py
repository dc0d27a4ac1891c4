"""The figures, built on Spark from the bronze files by the models that DuckDB builds them by.

Spark is given what DuckDB has: the bronze files and those of the run as views, seeds as they are in a warehouse of the
same rules. Each table it builds is a folder of Parquet; DuckDB takes it over in the place of the model's own query
(macro ``rows_of``), with the checks of that model, and builds what is left.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from extract.common.sql import quote_text
from junheng.dbt import what_failed
from junheng.home import PROJECT
from junheng.spark.session import translated

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ADAPTER = Path(__file__).parent / "adapter" / "dbt" / "adapters"
_FOLDER = "JUNHENG_SPARK_FOLDER"  # read by the adapter's macro built_as_parquet
_SCHEMAS = ("bronze", "seeds", "staging", "intermediate", "marts", "main")


def build(spark: "SparkSession", sources: Path, folder: Path, logs: Path) -> list[str]:
    """Build every model of selector ``figures``; return the names of those that are kept as Parquet.

    Args:
        spark: the session; its views and tables are gone with it.
        sources: a file of DuckDB with the views of schema ``bronze`` over Parquet, and the seeds.
        folder: where the Parquet goes, a folder a model; what lies there is replaced.
        logs: dbt's own.

    Raises:
        RuntimeError: a model failed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    open_sources(spark, sources, folder / "seeds")
    _run_dbt(folder, logs)
    return sorted(path.name.partition(".")[2] for path in folder.glob("*.*/"))


def open_sources(spark: "SparkSession", sources: Path, seeds: Path) -> None:
    """Make views of what the models read; the seeds' rows go into a folder, as Parquet."""
    for schema in _SCHEMAS:
        spark.sql(f"create database if not exists {schema}")
    seeds.mkdir(parents=True)
    with duckdb.connect(str(sources), read_only=True) as connection:
        bronze = connection.execute(
            "select view_name, sql from duckdb_views() where schema_name = 'bronze' and view_name not like '%\\_cells' "
            "escape '\\' and view_name not in ('lines_with_cells') or view_name = 'quarantined_cells' order by all"
        ).fetchall()
        for name, sql in bronze:
            select = translated(spark, sql.partition(" AS ")[2].rstrip().rstrip(";"))
            spark.sql(f"create or replace view bronze.`{name}` as {select}")
        named = "select table_name from duckdb_tables() where schema_name = 'seeds' order by all"
        for (name,) in connection.execute(named).fetchall():
            file = seeds / f"{name}.parquet"
            connection.execute(f"copy seeds.{name} to {quote_text(file)}")
            spark.sql(f"create or replace view seeds.`{name}` as select * from parquet.`{file}`")


def _run_dbt(folder: Path, logs: Path) -> None:
    import dbt.adapters
    from dbt.cli.main import dbtRunner

    if str(_ADAPTER) not in dbt.adapters.__path__:
        dbt.adapters.__path__.append(str(_ADAPTER))
    project = str(PROJECT / "dbt_project")
    os.environ[_FOLDER] = str(folder)
    result = dbtRunner().invoke(
        [
            *("run", "--target", "spark", "--selector", "figures", "--fail-fast", "--no-write-json"),
            *("--project-dir", project, "--profiles-dir", project),
            *("--target-path", str(folder.parent / "dbt-spark"), "--log-path", str(logs), "--log-level", "none"),
        ]
    )
    if not result.success:
        raise RuntimeError(f"Spark: {what_failed(result)}")
