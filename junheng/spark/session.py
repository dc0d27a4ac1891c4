"""A session of Spark, set up so that the models mean there what they mean in DuckDB."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from junheng.spark.translation import to_spark
from publish.language import say

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from sqlglot import exp

# What the models mean, however a cluster is set up: what is wrong is an error, and times have no zone.
_MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


@contextmanager
def session(master: str) -> Iterator["SparkSession"]:
    """Start Spark, on a cluster or within this machine, and end it afterwards.

    Memory, cores and the like are set where Spark looks for them (``SPARK_CONF_DIR``, ``spark-defaults.conf``).

    Args:
        master: ``spark://host:7077``, ``local[*]`` or what else Spark calls a master.

    Raises:
        RuntimeError: Spark is not installed, or did not start.
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise RuntimeError(
            say(
                "JUNHENG_ENGINE=spark 需要装有 Spark 的环境：先运行 make setup-spark，再用 .venv-spark/bin/junheng。",
                "JUNHENG_ENGINE=spark needs an environment with Spark: make setup-spark, then .venv-spark/bin/junheng.",
            )
        ) from None
    builder = SparkSession.builder.appName("junheng").master(master)
    for name, value in _MEANING.items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except (PySparkException, Py4JError) as error:
        first_line = str(error).strip().partition("\n")[0]
        raise RuntimeError(
            say(
                f"Spark（{master}）没有启动，需要 Java 17 和能连上的 JUNHENG_SPARK_MASTER：{first_line}",
                f"Spark ({master}) did not start; it needs Java 17, and a JUNHENG_SPARK_MASTER to reach: {first_line}",
            )
        ) from None
    try:
        yield spark
    finally:
        spark.stop()


def translated(spark: "SparkSession", sql: str) -> str:
    """Return a query of DuckDB's as Spark says it; of what columns there are Spark tells without running anything.

    Raises:
        NotForSpark: it says what only DuckDB understands.
    """

    def columns_of(query: "exp.Query") -> list[str]:
        return list(spark.sql(translated(spark, query.sql("duckdb"))).columns)

    return to_spark(sql, columns_of)
