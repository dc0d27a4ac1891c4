"""Store and bronze in an object store, shared by several machines: the same nights, whoever walks them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import duckdb
import pytest
from moto.server import ThreadedMotoServer

from extract.common.place import place
from extract.landing.ledger import Event, Ledger
from junheng import synthetic
from tests.conftest import PROJECT, Office
from tests.end_to_end.test_shards import files_of, state_of, walk
from tests.factories import school, workbook

_DAY = "2025-03-01"
_BUCKET = "junheng"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3 server of this machine; the environment leads every client there."""
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    yield os.environ["AWS_ENDPOINT_URL"]
    started.stop()


@pytest.fixture
def shared(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket; every home of the test keeps store and bronze there."""
    s3 = boto3.resource("s3")
    bucket = s3.create_bucket(Bucket=_BUCKET)
    bucket.objects.all().delete()
    address = f"s3://{_BUCKET}/office"
    monkeypatch.setenv("JUNHENG_SHARED", address)
    return address


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Three counties with every source and dirt, after a night on this machine's own files."""
    assert "JUNHENG_SHARED" not in os.environ
    office = Office(tmp_path_factory.mktemp("local"))
    for number, code in enumerate(("649801", "649802", "659801")):
        county = synthetic.County(code, 5, ("workbook", "list", "csv")[number])
        synthetic.write_county(office.landing, county, [2023, 2024], number, dirt=0.4, sources=True)
    done = office.refresh("--as-of", _DAY)
    assert done.returncode == 3, done.stdout
    return office


def machine(local: Office, root: Path) -> Office:
    """A home with the same files in its drop folder, and the same key for persons' numbers in the store."""
    office = Office(root)
    shutil.copytree(local.landing, office.landing)
    (place(os.environ["JUNHENG_SHARED"]) / "store" / "person.key").write_bytes(
        (local.root / "store" / "person.key").read_bytes()
    )
    return office


def keys(prefix: str = "") -> list[str]:
    found = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=_BUCKET, Prefix=f"office/{prefix}")
    return [entry["Key"].removeprefix("office/") for page in found for entry in page.get("Contents", [])]


def bronze_there() -> dict[str, bytes]:
    """Return the Parquet files of bronze in the bucket."""
    s3 = boto3.client("s3")
    return {
        key.removeprefix("bronze/"): s3.get_object(Bucket=_BUCKET, Key=f"office/{key}")["Body"].read()
        for key in keys("bronze/")
    }


def test_a_night_over_an_object_store_is_the_night_over_files(shared: str, local: Office, tmp_path: Path):
    office = machine(local, tmp_path / "one")
    done = office.refresh("--as-of", _DAY)
    assert done.returncode == 3, done.stdout + done.stderr
    assert bronze_there() == files_of(local.root / "bronze")
    assert office.marts() == local.marts()
    assert not (office.root / "store").exists() and not (office.root / "bronze").exists()
    assert "没有变化" in office.refresh("--as-of", _DAY).stdout
    # Another machine, which has seen nothing yet, publishes the same from the same store.
    other = Office(tmp_path / "two")
    other.landing.mkdir(parents=True)
    assert other.refresh("--as-of", _DAY).returncode == 3
    assert other.marts() == local.marts()
    # What the one takes in, the other has.
    workbook(office.landing, 2024, school("649801", 1, all__multimedia_rooms=9), name="更正")
    assert office.refresh("--as-of", "2025-03-02").returncode == 3
    assert other.refresh("--as-of", "2025-03-02").returncode == 3
    assert other.marts() == office.marts() != local.marts()
    assert len(keys("store/ledger/")) == 2


def test_commands_that_change_the_ledger_work_there(shared: str, tmp_path: Path):
    office = Office(tmp_path)
    workbook(office.landing, 2024, school("649801", 1))
    wrong = workbook(office.landing, 2024, school("649801", 2))
    assert office.refresh("--as-of", _DAY).returncode == 0
    assert office.run("withdraw", str(wrong.relative_to(office.landing)), "--reason", "错发").returncode == 0
    assert office.refresh().returncode in (0, 3)
    withdrawn = "select distinct path from marts.mart_file_outcome where status = 'withdrawn'"
    assert office.query(withdrawn) == [(str(wrong.relative_to(office.landing)),)]
    refused = office.run("backup", tmp_path / "backup.tar")
    assert refused.returncode == 2 and shared in refused.stderr + refused.stdout


def test_of_two_machines_that_take_in_at_once_one_is_told_to_run_again(shared: str):
    store = place(shared) / "store"
    event = Event(1, 1, _DAY, "received", "census/2024/649801/a.xlsx", "census", 2024, "649801", "0" * 64, 1)
    Ledger(store).append([event])
    with pytest.raises(RuntimeError, match="另一台机器.*Another machine"):
        Ledger(store).append([event])
    assert Ledger(store).events() == [event]


@pytest.mark.parametrize(
    "moment", ["store/objects/", "store/ledger/", "bronze/rows/census_2024", "bronze/parsed_files/hr"]
)
def test_a_night_killed_there_ends_right_the_next_time(shared: str, local: Office, tmp_path: Path, moment: str):
    office = machine(local, tmp_path)
    program = [sys.executable, str(Path(sys.executable).with_name("junheng")), "refresh", "--as-of", _DAY]
    environment = {**os.environ, "JUNHENG_HOME": str(office.root), "JUNHENG_PAGES": "0"}
    night = subprocess.Popen(
        program,
        env=environment,
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not keys(moment):
        assert night.poll() is None, "the night was over before it could be killed"
        time.sleep(0.01)
    os.killpg(night.pid, signal.SIGKILL)
    night.wait()
    assert office.refresh("--as-of", _DAY).returncode == 3
    assert bronze_there() == files_of(local.root / "bronze")
    assert office.marts() == local.marts()


def test_shards_on_two_machines_are_one_night(shared: str, local: Office, tmp_path: Path):
    one, two = machine(local, tmp_path / "one"), Office(tmp_path / "two")
    two.landing.mkdir(parents=True)
    state = state_of(walk(one, "receive", None))
    for office, number in ((one, 0), (two, 1)):
        done = walk(office, "read_shard", state, number, 2)
        assert done.returncode == 0, done.stderr
    gathered = state_of(walk(one, "gather", state))
    for office, number in ((two, 0), (one, 1)):
        done = walk(office, "check_shard", gathered, number, 2)
        assert done.returncode == 0, done.stderr
    assert len(keys("shards/")) > 6
    state_of(walk(one, "publish", state_of(walk(one, "build", gathered))))
    assert bronze_there() == files_of(local.root / "bronze")
    assert one.marts() == local.marts()
    assert not keys("shards/")


def test_registers_of_persons_go_after_their_time_and_figures_stay(shared: str, local: Office, tmp_path: Path):
    office = machine(local, tmp_path)
    assert office.refresh("--as-of", _DAY).returncode == 3
    before, contents = office.marts(), set(keys("store/objects/"))
    done = office.run("refresh", "--as-of", "2025-03-20", settings={"JUNHENG_PERSONS_KEPT_DAYS": "7"})
    assert done.returncode == 3, done.stdout + done.stderr
    gone = contents - set(keys("store/objects/"))
    assert gone and len(keys("store/expired/")) == len(gone)
    other = Office(tmp_path / "other")
    other.landing.mkdir(parents=True)
    assert other.refresh("--as-of", _DAY, "--full").returncode == 3
    assert other.marts() == before


def test_what_is_published_goes_there_under_new_keys(shared: str, tmp_path: Path):
    office = Office(tmp_path / "home")
    workbook(office.landing, 2024, school("649801", 1))
    address = f"s3://{_BUCKET}/published"
    settings = {"JUNHENG_SERVE": "objects", "JUNHENG_OBJECTS": address}

    def night(day: str) -> dict[str, str]:
        done = office.run("refresh", "--as-of", day, settings=settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads((place(address) / "current.json").read_bytes())

    first = night("2025-03-01")
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes((place(address) / first["warehouse"]).read_bytes())
    with duckdb.connect(str(copy), read_only=True) as warehouse:
        rows = warehouse.execute("select count(*) from marts.mart_school_compliance").fetchall()
    assert rows == office.query("select count(*) from marts.mart_school_compliance")
    marts = place(address) / first["parquet"]
    assert (marts / "datapackage.json").exists()
    assert list(marts.glob("mart_resource_allocation/*/*/*.parquet"))
    assert "对象存储上已是最新" in office.run("refresh", settings=settings).stdout
    runs = [first["run"]]
    for number in (2, 3):
        workbook(office.landing, 2024, school("649801", number))
        runs.append(night(f"2025-03-0{number}")["run"])
    assert len(set(runs)) == 3
    there = {folder.name for folder in place(address).glob("*/")}
    assert there >= set(runs[1:]) and runs[0] not in there
    # A store that does not answer is told of, and the night is published all the same.
    workbook(office.landing, 2024, school("649801", 4))
    lost = office.run(
        "refresh", "--as-of", "2025-03-04", settings=settings | {"JUNHENG_OBJECTS": "s3://no-such-bucket/published"}
    )
    assert lost.returncode == 1 and "对象存储上仍是上一次的数据" in lost.stdout + lost.stderr
    assert "Traceback" not in lost.stdout + lost.stderr
