"""`junheng check` holds a file against the same bounds as the night: SQL on the one side, Great Expectations on the
other.
"""

import duckdb
import pytest

from expectations.suite import load
from expectations.worker import ValidationWorker
from extract.definitions.forms import sources
from junheng.check_file import _hold_against_bounds


def edges(check: object) -> list[float | None]:
    """Return values on, within and beyond a check's bounds, and none."""
    limits = [limit for limit in (check.min_value, check.max_value) if limit is not None]
    return [None, 0.0, *(limit + step for limit in limits for step in (-1.0, -1e-6, 0.0, 1e-6, 1.0))]


@pytest.fixture(scope="module")
def breaches(tmp_path_factory: pytest.TempPathFactory) -> tuple[set, set]:
    """What each of the two finds in rows that try every edge of every check of every suite."""
    connection = duckdb.connect()
    suites = [*sources(), "census_totals"]
    for suite in suites:
        checks = load(suite)
        values = {check.id: edges(check) for check in checks}
        rows = [
            [f"{check.id}|{i}", "", "form", 2024, *(value if other is check else None for other in checks)]
            for check in checks
            for i, value in enumerate(values[check.id])
        ]
        columns = ", ".join(f'"{check.id}" double' for check in checks)
        connection.execute(
            f"create table batch_{suite} (row_key varchar, county_code varchar, form varchar, year integer, {columns})"
        )
        connection.executemany(f"insert into batch_{suite} values ({', '.join('?' * (len(checks) + 4))})", rows)
    worker = ValidationWorker()
    try:
        worker.validate(connection, [suites], tmp_path_factory.mktemp("batches"), lambda: None)
    finally:
        worker.stop()
    by_night = set(connection.execute("from breaches").fetchall())
    connection.execute("create or replace table breaches (suite varchar, check_id varchar, row_key varchar)")
    for suite in suites:
        _hold_against_bounds(connection, suite)
    return by_night, set(connection.execute("from breaches").fetchall())


def test_both_find_the_same(breaches: tuple[set, set]):
    by_night, by_check = breaches
    assert by_night == by_check
    # Every check can fail.
    assert {(suite, check) for suite, check, _ in by_night} == {
        (suite, check.id) for suite in (*sources(), "census_totals") for check in load(suite)
    }
