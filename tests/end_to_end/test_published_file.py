"""The published file and programs that write to it: none gets in; what one left is mended by the next night. And what
a reader of one county reads of it.
"""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Office, copy_of
from tests.end_to_end.first_night import PLAIN
from tests.factories import school, workbook

_WRITER = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1])
for statement in sys.argv[2:]:
    connection.execute(statement)
print("done", flush=True)
time.sleep(600)
"""
_SPOIL = "update marts.dim_school set name_zh = '改过的学校'"


@contextmanager
def writer(file: Path, *statements: str) -> Iterator[subprocess.Popen]:
    """A client that has the file open for writing; killed at the end."""
    client = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(file), *statements],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield client
    finally:
        client.send_signal(signal.SIGKILL)
        client.wait()


def unguarded(office: Office) -> Path:
    """Take the guard away, as of a file published before there was one."""
    file = office.root / "published" / "junheng.duckdb"
    file.with_name("junheng.duckdb.wal").unlink()
    file.chmod(0o644)
    return file


def figures(office: Office) -> list[tuple]:
    return office.query(
        "select s.name_zh, school_id, indicator_code, value, verdict from marts.mart_resource_allocation inner "
        "join marts.dim_school as s using (county_code, school_id) order by all"
    )


def deliver_another(office: Office) -> None:
    workbook(office.landing, 2024, school(PLAIN, 2, all__multimedia_rooms=3))


@pytest.fixture(scope="module")
def right(first_night: Office, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple], list[tuple]]:
    """The figures after the first night, and after a second with one more school, nobody meddling."""
    office = copy_of(first_night, tmp_path_factory.mktemp("undisturbed") / "home")
    deliver_another(office)
    assert office.refresh("--as-of", "2025-07-02").returncode == 0
    return figures(first_night), figures(office)


def test_the_file_is_read_only_and_no_client_can_commit(night_office: Office, duckdb_1_client: str):
    file = night_office.root / "published" / "junheng.duckdb"
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    before = figures(night_office)
    # Root may open it all the same; its commit fails.
    for path in ([], [duckdb_1_client]):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
        done = subprocess.run(
            [sys.executable, "-c", _WRITER.replace("time.sleep(600)", ""), str(file), _SPOIL],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode and "Cannot open file" in done.stderr, done.stderr
    assert figures(night_office) == before


@pytest.mark.parametrize("news", [False, True], ids=["without news", "with news"])
def test_a_killed_writers_log_is_not_replayed(night_office: Office, right: tuple, news: bool):
    with writer(unguarded(night_office), "set wal_autocheckpoint = '1GB'", _SPOIL) as client:
        assert client.stdout.readline() == "done\n"
    log = night_office.root / "published" / "junheng.duckdb.wal"
    assert log.stat().st_size > 0
    if news:
        deliver_another(night_office)
    done = night_office.refresh("--as-of", "2025-07-02")
    assert done.returncode == 0 and "日志已删除" in done.stdout
    assert log.is_symlink() and not log.exists()
    assert figures(night_office) == right[news]


def test_a_log_that_appears_after_the_night_began_is_not_replayed(night_office: Office, right: tuple, tmp_path: Path):
    """A client of the old file, still alive when the new one takes its place."""
    file = unguarded(night_office)
    with writer(file, "set wal_autocheckpoint = '1GB'", "begin", _SPOIL) as client:
        assert client.stdout.readline() == "done\n"
        deliver_another(night_office)
        done = night_office.refresh("--as-of", "2025-07-02")
        assert done.returncode == 0 and "大家可以照常打开" in done.stdout
        assert figures(night_office) == right[1]  # while the other still holds the file it opened
    assert figures(night_office) == right[1]


def test_a_file_that_a_client_changed_and_closed_is_built_anew(night_office: Office, right: tuple):
    with duckdb.connect(str(unguarded(night_office))) as connection:
        connection.execute(_SPOIL)
        connection.execute("checkpoint")
    assert {name for name, *_ in figures(night_office)} == {"改过的学校"}
    assert night_office.refresh("--as-of", "2025-07-02").returncode == 0
    assert figures(night_office) == right[0]


def test_a_damaged_file_is_built_anew(night_office: Office, right: tuple):
    file = unguarded(night_office)
    with file.open("r+b") as damaged:
        damaged.truncate(20_000)
    done = night_office.refresh("--as-of", "2025-07-02")
    assert done.returncode == 0 and "重新计算" in done.stdout
    assert figures(night_office) == right[0]


def test_readers_never_fail_while_a_writer_is_killed_again_and_again(night_office: Office, right: tuple):
    file = night_office.root / "published" / "junheng.duckdb"
    for _ in range(5):
        with writer(file, _SPOIL):
            time.sleep(0.2)
        assert figures(night_office) == right[0]


def test_the_guard_is_no_file_to_back_up(night_office: Office, tmp_path: Path):
    """Copied without its guard the file is a warehouse like any other."""
    copy = shutil.copyfile(night_office.root / "published" / "junheng.duckdb", tmp_path / "copy.duckdb")
    with duckdb.connect(str(copy)) as connection:
        assert connection.execute("select count(*) from marts.mart_resource_allocation").fetchall()[0][0] > 0


def scans_of(plan: list[dict], table: str) -> Iterator[dict]:
    """Every scan of a table that a plan has."""
    for step in plan:
        if str(step["extra_info"].get("Table", "")).endswith(f".{table}"):
            yield step["extra_info"]
        yield from scans_of(step["children"], table)


@pytest.mark.parametrize(
    ("mart", "table", "narrowed_by_joins"),  # how many scans are narrowed only when what they are joined with is known
    [
        ("mart_gap_ledger", "int_gap_history", 0),
        ("mart_purchase_plan", "int_gap_history", 0),
        ("mart_coefficient_change", "snapshot_resource_values", 1),
        ("mart_lineage", "lineage_lines", 0),
    ],
)
@pytest.mark.parametrize("condition", ["= '{0}'", "between '{0}' and '{0}~'"])
def test_a_condition_on_the_county_reaches_what_a_mart_reads(
    first_night: Office, mart: str, table: str, narrowed_by_joins: int, condition: str
):
    with duckdb.connect(str(first_night.root / "published" / "junheng.duckdb"), read_only=True) as connection:
        ((schema,),) = connection.execute(
            "select schema_name from duckdb_tables() where table_name = ?", [table]
        ).fetchall()
        counties = [
            c for (c,) in connection.execute(f"select distinct county_code from {schema}.{table} order by 1").fetchall()
        ]
        assert len(counties) > 3
        (_, plan), *_ = connection.execute(
            f"explain (format json) from marts.{mart} where county_code {condition.format(counties[1])}"
        ).fetchall()
    scans = list(scans_of(json.loads(plan), table))
    whole = [scan for scan in scans if "county_code" not in str(scan.get("Filters"))]
    assert len(scans) > len(whole) == narrowed_by_joins, scans
