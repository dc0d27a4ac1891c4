"""One cluster for all tests of Spark."""

from collections.abc import Iterator

import pytest

from tests.spark.cluster import cluster


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the master."""
    with cluster(tmp_path_factory.mktemp("spark"), "1g") as address:
        yield address
