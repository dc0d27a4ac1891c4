"""dbt's adapter for Spark, with one thing more: it says DuckDB's SQL as Spark's.

dbt finds an adapter as a package of this name on its path; ``junheng.spark.build`` puts the folder there.
"""

from pathlib import Path

from dbt.adapters.base import AdapterPlugin, available
from dbt.adapters.contracts.connection import Connection
from dbt.adapters.spark import SparkAdapter, SparkConnectionManager, SparkCredentials

from junheng.settings import settings
from junheng.spark.session import start, translated

NAME = "sparkfromduckdb"


class SparkFromDuckDBCredentials(SparkCredentials):
    """What dbt-spark asks for."""

    @property
    def type(self) -> str:
        """The adapter's name."""
        return NAME


class SparkFromDuckDBConnectionManager(SparkConnectionManager):
    """dbt-spark's, in the session of this process; dbt-spark alone would start one with a catalogue of Hive's."""

    TYPE = NAME

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        """Start Spark, unless that has been done, and open dbt-spark's connection to it."""
        start(settings().spark_master)
        return super().open(connection)


class SparkFromDuckDBAdapter(SparkAdapter):
    """dbt-spark's, which translates. dbt reads the adapter's name from that of this class as well."""

    ConnectionManager = SparkFromDuckDBConnectionManager

    @available
    def translated(self, sql: str) -> str:
        """Return a query of DuckDB's as Spark says it.

        Raises:
            NotForSpark: it says what only DuckDB understands.
        """
        return translated(start(settings().spark_master), sql)


Plugin = AdapterPlugin(
    adapter=SparkFromDuckDBAdapter,
    credentials=SparkFromDuckDBCredentials,
    include_path=str(Path(__file__).parents[2] / "include" / NAME),
    dependencies=["spark"],
)
