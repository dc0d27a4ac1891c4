"""dbt's adapter for Spark, with one thing more: it says DuckDB's SQL as Spark's.

dbt finds an adapter as a package of this name on its path; ``junheng.spark.build`` puts the folder there.
"""

from pathlib import Path

from dbt.adapters.base import AdapterPlugin, available
from dbt.adapters.spark import SparkAdapter, SparkConnectionManager, SparkCredentials
from pyspark.sql import SparkSession

from junheng.spark.session import translated

NAME = "sparkfromduckdb"


class SparkFromDuckDBCredentials(SparkCredentials):
    """What dbt-spark asks for."""

    @property
    def type(self) -> str:
        """The adapter's name."""
        return NAME


class SparkFromDuckDBConnectionManager(SparkConnectionManager):
    """dbt-spark's."""

    TYPE = NAME


class SparkFromDuckDBAdapter(SparkAdapter):
    """dbt-spark's, which translates. dbt reads the adapter's name from that of this class as well."""

    ConnectionManager = SparkFromDuckDBConnectionManager

    @available
    def translated(self, sql: str) -> str:
        """Return a query of DuckDB's as Spark says it.

        Raises:
            NotForSpark: it says what only DuckDB understands.
        """
        return translated(SparkSession.builder.getOrCreate(), sql)


Plugin = AdapterPlugin(
    adapter=SparkFromDuckDBAdapter,
    credentials=SparkFromDuckDBCredentials,
    include_path=str(Path(__file__).parents[2] / "include" / NAME),
    dependencies=["spark"],
)
