"""A session of Spark, set up so that the models mean there what they mean in DuckDB."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
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
def session(master: str, patience_seconds: float = 300) -> Iterator["SparkSession"]:
    """Start Spark as ``start`` does, and end it afterwards.

    Raises:
        RuntimeError: Spark did not start, or nobody did a first piece of work within the time.
    """
    spark = start(master)
    try:
        _require_workers(spark, master, patience_seconds)
        yield spark
    finally:
        spark.stop()


def _require_workers(spark: "SparkSession", master: str, patience_seconds: float) -> None:
    """Have something counted: without workers, Spark would wait for them all night."""
    with ThreadPoolExecutor(1) as pool:
        counted = pool.submit(lambda: spark.range(1).count())
        try:
            counted.result(patience_seconds)
        except TimeoutError:
            spark.sparkContext.cancelAllJobs()
            minutes = f"{patience_seconds / 60:g}"
            raise RuntimeError(
                say(
                    f"Spark（{master}）{minutes} 分钟内没有可用的工作节点：请启动 worker，或检查其内存与核数是否够。",
                    f"Spark ({master}) had no worker within {minutes} minutes: start workers, or see whether they have "
                    "the memory and cores that are asked for.",
                )
            ) from None


def start(master: str) -> "SparkSession":
    """Start Spark, on a cluster or within this machine; where it runs in this process already, return that session.

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
    # Each model has a folder of its own; Spark makes an empty one for each schema besides.
    aside = Path(gettempdir()) / "junheng-spark"
    for name, value in (_MEANING | {"spark.sql.warehouse.dir": str(aside)}).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, Py4JError) as error:
        first_line = str(error).strip().partition("\n")[0]
        raise RuntimeError(
            say(
                f"Spark（{master}）没有启动，需要 Java 17 和能连上的 JUNHENG_SPARK_MASTER：{first_line}",
                f"Spark ({master}) did not start; it needs Java 17, and a JUNHENG_SPARK_MASTER to reach: {first_line}",
            )
        ) from None


def translated(spark: "SparkSession", sql: str) -> str:
    """Return a query of DuckDB's as Spark says it; of what columns there are Spark tells without running anything.

    Raises:
        NotForSpark: it says what only DuckDB understands.
    """

    def columns_of(query: "exp.Query") -> list[str]:
        return list(spark.sql(translated(spark, query.sql("duckdb"))).columns)

    return to_spark(sql, columns_of)
