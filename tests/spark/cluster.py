"""A Spark of a master and two workers with a core each, all on this machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SPARK = Path(sys.prefix) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "pyspark"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def cluster(folder: Path, memory: str, workers: int = 2) -> Iterator[str]:
    """Start a master and workers; yield the master's address. Sessions of this process find their settings."""
    port = _free_port()
    address = f"spark://127.0.0.1:{port}"
    settings = folder / "spark-defaults.conf"
    settings.write_text(
        f"spark.executor.memory {memory}\nspark.driver.memory 2g\nspark.sql.shuffle.partitions 4\n"
        "spark.driver.host 127.0.0.1\nspark.driver.bindAddress 127.0.0.1\n"
    )
    environment = {**os.environ, "SPARK_HOME": str(_SPARK), "SPARK_LOCAL_IP": "127.0.0.1"}
    # The tests' own session, and the nights that tests start, find it there as well.
    os.environ |= {"SPARK_CONF_DIR": str(folder), "SPARK_LOCAL_IP": "127.0.0.1"}

    def start(role: str, *arguments: str) -> subprocess.Popen[bytes]:
        log = (folder / f"{role}.log").open("ab")
        program = [str(_SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{role.lower()}.{role}", *arguments]
        return subprocess.Popen(program, env=environment, cwd=folder, stdout=log, stderr=log)

    running = [start("Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(_free_port()))]
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert time.monotonic() < deadline, (folder / "Master.log").read_text()
            time.sleep(0.2)
        for number in range(workers):
            work = str(folder / f"work{number}")
            bounds = ("--cores", "1", "--memory", memory, "--webui-port", str(_free_port()), "--work-dir", work)
            running.append(start("Worker", *bounds, address))
        yield address
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
