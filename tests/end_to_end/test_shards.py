"""A night split over shards of counties, as Airflow walks it: killed or not, it is the night that is not split."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from junheng import synthetic
from tests.conftest import PROJECT, Office
from tests.preloaded import python

_DAY = "2025-03-01"
_TASK = f"""
import json, sys
from junheng.home import Home
from junheng.pipeline import Run, run_shard, run_task
from junheng.selection import Selection
name, state, *shard = json.loads(sys.argv[1])
run = Run(Home.from_environment(), Selection([], [], False, "{_DAY}"), lambda line: print(line, file=sys.stderr))
print(json.dumps(run_shard(name, run, state, *shard) if shard else run_task(name, run, state)))
"""


def walk(office: Office, *task: object, fault: str = "") -> subprocess.CompletedProcess[str]:
    """Walk one task in a process group of its own, as a worker does."""
    environment = {**os.environ, "JUNHENG_HOME": str(office.root), "JUNHENG_PAGES": "0"}
    if fault:
        environment |= {"FAULT_AT": fault, "PYTHONPATH": str(PROJECT / "tests" / "faults")}
    return subprocess.run(
        [python(), "-c", _TASK, json.dumps(task)],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        start_new_session=True,
    )


def state_of(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


@pytest.fixture(scope="module")
def undivided(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Four counties of two provinces with every source and dirt, after a night that was not split."""
    office = Office(tmp_path_factory.mktemp("undivided"))
    for number, code in enumerate(("649801", "649802", "649803", "659801")):
        form = ("workbook", "list", "csv", "list")[number]
        county = synthetic.County(code, 6, form)
        synthetic.write_county(office.landing, county, [2023, 2024], number, dirt=0.4, sources=True)
    # A content that counties of two shards deliver is read by one of them and counts for both.
    other = office.landing / "census" / "2024" / "659801"
    shutil.copy(next((office.landing / "census" / "2024" / "649803").glob("*")), other / "又一份.csv")
    assert office.refresh("--as-of", _DAY).returncode == 3
    return office


@pytest.fixture
def split(undivided: Office, tmp_path: Path) -> Office:
    """The same deliveries before their first night, in an installation with the same key."""
    office = Office(tmp_path)
    shutil.copytree(undivided.landing, office.landing)
    (office.root / "store").mkdir()
    shutil.copy2(undivided.root / "store" / "person.key", office.root / "store")
    return office


def finish(office: Office, state: dict, of: int) -> None:
    """Walk the night on from what the shards have read."""
    state = state_of(walk(office, "gather", state))
    for number in range(of):
        assert walk(office, "check_shard", state, number, of).returncode == 0
    for name in ("build", "publish"):
        done = walk(office, name, state)
        state = state_of(done)


def same_night(one: Office, other: Office) -> None:
    """Hold two homes against each other: what was read and what was found byte for byte, the marts row for row."""
    assert files_of(one.root / "bronze") == files_of(other.root / "bronze")
    for name in ("findings", "quarantined_cells", "deliveries", "changed_counties"):
        mine, theirs = (next((o.root / "build").glob(f"*/{name}.parquet")).read_bytes() for o in (one, other))
        assert mine == theirs, name
    assert one.marts() == other.marts()
    assert not (one.root / "build" / "shards").exists()


def test_a_night_in_shards_is_the_night_that_is_not_split(undivided: Office, split: Office):
    state = state_of(walk(split, "receive", None))
    read = [walk(split, "read_shard", state, number, 3) for number in (2, 1, 0)]
    assert all(done.returncode == 0 for done in read), read[0].stderr
    finish(split, state, 3)
    same_night(split, undivided)


def test_two_shards_killed_and_tried_again_leave_the_same(undivided: Office, split: Office):
    state = state_of(walk(split, "receive", None))
    for number, fault in (
        (0, "before rename build/shards/1-of-2/bronze/parsed_files/census_2024_64.parquet"),
        (1, "after rename build/shards/2-of-2/bronze/rows/hr_2024_65.parquet"),
    ):
        assert walk(split, "read_shard", state, number, 2, fault=fault).returncode == -signal.SIGKILL
    first = files_of(split.root / "build" / "shards")
    for number in (0, 1):
        assert walk(split, "read_shard", state, number, 2).returncode == 0
    again = files_of(split.root / "build" / "shards")
    assert first and {name: again[name] for name in first if "parsed_files" in name} == {
        name: first[name] for name in first if "parsed_files" in name
    }
    third = walk(split, "read_shard", state, 0, 2)
    assert "0 个文件" in third.stderr, third.stderr
    gathered = state_of(walk(split, "gather", state))
    fault = "before rename build/shards/1-of-2/checked/RUN/check_counts.parquet"
    assert walk(split, "check_shard", gathered, 0, 2, fault=fault).returncode == -signal.SIGKILL
    finish(split, state, 2)
    same_night(split, undivided)


def test_where_a_shard_was_not_checked_the_night_checks_all(undivided: Office, split: Office):
    state = state_of(walk(split, "receive", None))
    assert walk(split, "read_shard", state, 0, 2).returncode == 0
    gathered = state_of(walk(split, "gather", state))
    assert walk(split, "check_shard", gathered, 0, 2).returncode == 0
    state_of(walk(split, "publish", state_of(walk(split, "build", gathered))))
    same_night(split, undivided)
