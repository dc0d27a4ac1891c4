"""A cluster that does not answer, or has nobody to work, is told of; a night does not wait for it."""

from pathlib import Path

import pytest

from junheng.spark import session
from tests.spark.cluster import cluster


def test_a_master_without_workers_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("SPARK_CONF_DIR", "SPARK_LOCAL_IP"):
        monkeypatch.setenv(name, "")  # put back afterwards: the cluster of the other tests has its own
    with (
        cluster(tmp_path, "1g", workers=0) as master,
        pytest.raises(RuntimeError, match="没有可用的工作节点"),
        session.session(master, patience_seconds=15),
    ):
        pass
