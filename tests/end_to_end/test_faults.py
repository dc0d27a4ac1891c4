"""A night killed, starved of disk, or locked out: the next one ends right, and readers never notice.

``make test`` kills at a fixed few points, ``make soak`` (JUNHENG_SOAK=1) before and after every file operation of a
night, in the middle of every write, and at random moments between.
"""

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from junheng import run_log
from junheng.home import Home
from tests.conftest import PROJECT, SOAK, Office, copy_of
from tests.factories import listing, school, workbook
from tests.preloaded import python

_JUNHENG = str(Path(sys.executable).with_name("junheng"))
_QUICK = (
    r"before rename bronze/parsed_files/census_2024_64\.parquet",
    r"\d+ bytes after remove build/junheng\.duckdb\.wal",
    r"after rename published/junheng\.duckdb",
)
_MOMENTS = 40 if SOAK else 1
# (folder, what is wrong with it)
_BAD_DISKS = [(folder, how) for folder in ("store", "bronze", "build", "published") for how in ("full", "read-only")]


def deliver_first(landing: Path) -> None:
    for number in (1, 2):
        workbook(landing, 2024, school("649701", number))
    listing(landing, 2024, [school("649702", n) for n in (1, 2, 3)])


def deliver_more(landing: Path) -> None:
    workbook(landing, 2024, school("649701", 3, primary__pupils=201))
    workbook(landing, 2024, school("649701", 1, all__multimedia_rooms=9), name="更新")
    listing(landing, 2024, [school("649702", n, all__multimedia_rooms=8) for n in (1, 2)], name="新一览.xlsx")
    listing(landing, 2025, [school("649703", n) for n in (1, 2)])
    (landing / "census" / "2025" / "649703" / "坏.xlsx").write_bytes(b"PK\x03\x04broken")


@pytest.fixture(scope="module")
def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office after its first night, with deliveries waiting for the second."""
    office = Office(tmp_path_factory.mktemp("yesterday"))
    deliver_first(office.landing)
    assert office.refresh("--as-of", "2025-03-01").returncode == 0
    deliver_more(office.landing)
    return office


class Undisturbed(NamedTuple):
    """A second night left alone: its marts, every point at which to kill it, how long it takes."""

    marts: dict[str, list[tuple]]
    points: list[str]
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(yesterday: Office, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    root = tmp_path_factory.mktemp("undisturbed") / "home"
    office = copy_of(yesterday, root)
    log = root.with_name("operations")
    start = time.monotonic()
    assert night(office, FAULT_LOG=str(log)).wait() == 3
    seconds = time.monotonic() - start
    operations = list(dict.fromkeys(log.read_text().splitlines()))
    points = [f"{when} {label}" for label in operations for when in ("before", "after")] + list(
        in_the_middle(yesterday, office, operations)
    )
    return Undisturbed(office.marts(), points, seconds)


def in_the_middle(before: Office, after: Office, operations: list[str]) -> Iterator[str]:
    """Yield the middle of every write: half way from what a file held to what it holds after the night."""
    for label in operations:
        what, path = label.split(" ", 1)
        target = re.sub(r"\.([^/]+)\.partial$", r"\1", path)
        if what == "open" or (
            what == "remove" and target != path and not target.startswith("published/")
        ):  # what is published is linked
            held = size(before, target) if target.endswith(".jsonl") else 0  # which is added to
            yield f"{(held + size(after, target)) // 2} bytes after {label}"
    built = "build/RUN/junheng.duckdb"
    for bytes_ in (
        size(before, built) // 2,
        (size(before, built) + size(after, built)) // 2,
    ):  # while yesterday's is copied, while today's is built
        yield f"{bytes_} bytes after remove build/junheng.duckdb.wal"
    yield "1000 bytes after remove build/validation.duckdb.wal"


def size(office: Office, path: str) -> int:
    """Return the size of a file, of the largest one if several are meant; of those gone since, any."""
    pattern = path.replace("RUN", "*-????????").replace("XX/SHA", "??/*")
    return max((p.stat().st_size for p in office.root.glob(pattern)), default=100)


def night(office: Office, as_of: str = "2025-03-02", **environment: str) -> subprocess.Popen:
    """Start a night in a process group of its own."""
    everything = {
        **os.environ,
        "JUNHENG_HOME": str(office.root),
        "PYTHONPATH": str(PROJECT / "tests" / "faults"),
        **environment,
    }
    return subprocess.Popen(
        [python(), _JUNHENG, "refresh", "--as-of", as_of],
        env=everything,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@contextmanager
def readers(office: Office) -> Iterator[None]:
    """Open the published warehouse again and again, in two processes, and count on it each time."""
    program = f"""
import duckdb, time
while True:
    with duckdb.connect({str(office.root / "published" / "junheng.duckdb")!r}, read_only=True) as reader:
        assert reader.execute("select count(*) from marts.mart_resource_allocation").fetchall()[0][0] > 0
        assert reader.execute("select count(*) from marts.mart_lineage").fetchall()[0][0] > 0
    time.sleep(1)
"""
    processes = [subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        yield
        for process in processes:
            assert process.poll() is None, process.communicate()[1]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def on_every_core(survives: Callable, cases: Iterable) -> None:
    """Try every case, several at once, and tell of every one that failed."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tried = {case: pool.submit(survives, case) for case in cases}
    failed = {case: error for case, trial in tried.items() if (error := trial.exception())}
    assert not failed, "\n".join(f"{case}: {error}" for case, error in failed.items())


def ends_right(office: Office, marts: dict) -> None:
    """Hold the next night against an undisturbed one: same marts, nothing lost, nothing left lying about."""
    delivered = {p.relative_to(office.landing): p.read_bytes() for p in office.landing.rglob("*") if p.is_file()}
    done = office.refresh("--as-of", "2025-03-02")
    assert done.returncode == 3, done.stdout + done.stderr
    assert office.marts() == marts
    assert run_log.read(Home(office.root))[-1].refused == 1
    assert {
        p.relative_to(office.landing): p.read_bytes() for p in office.landing.rglob("*") if p.is_file()
    } == delivered
    # The file, and the link that keeps writers' logs away from it.
    assert (
        sorted(p.name for p in (office.root / "published").iterdir()) == ["junheng.duckdb", "junheng.duckdb.wal"]
        and not (office.root / "published" / "junheng.duckdb.wal").exists()
    )
    assert not [p for p in office.root.rglob("*.partial") if "landing" not in p.parts]


def test_a_night_killed_at_any_file_operation_is_mended_by_the_next(
    yesterday: Office, undisturbed: Undisturbed, tmp_path: Path
):
    # Of several points of a kind, the last.
    quick = [[point for point in undisturbed.points if re.fullmatch(kind, point)][-1] for kind in _QUICK]
    points = undisturbed.points if SOAK else quick

    def survives(point: str) -> None:
        office = copy_of(yesterday, tmp_path / hashlib.sha256(point.encode()).hexdigest()[:8])
        with readers(office):
            killed = night(office, FAULT_AT=point)
            output = killed.communicate()[0]
            assert killed.returncode == -signal.SIGKILL, f"{point}: {output}"
            ends_right(office, undisturbed.marts)
        shutil.rmtree(office.root)

    on_every_core(survives, points)


def test_a_night_killed_at_any_moment_is_mended_by_the_next(
    yesterday: Office, undisturbed: Undisturbed, tmp_path: Path
):
    def survives(seed: int) -> None:
        moments = random.Random(seed)
        office = copy_of(yesterday, tmp_path / str(seed))
        with readers(office):
            for _ in range(3 if SOAK else 1):
                disturbed = night(office)
                time.sleep(moments.uniform(0.3, undisturbed.seconds))
                os.killpg(disturbed.pid, signal.SIGKILL)
                disturbed.communicate()
            ends_right(office, undisturbed.marts)
        shutil.rmtree(office.root)

    on_every_core(survives, range(_MOMENTS))


@pytest.mark.parametrize(("folder", "how"), _BAD_DISKS if SOAK else [("build", "full"), ("published", "read-only")])
def test_no_room_and_no_right_to_write_leave_yesterdays_warehouse(
    yesterday: Office, undisturbed: Undisturbed, tmp_path: Path, folder: str, how: str
):
    office = copy_of(yesterday, tmp_path / "home")
    target = office.root / folder
    before = (office.root / "published" / "junheng.duckdb").read_bytes()
    used = sum(p.stat().st_size for p in target.rglob("*") if p.is_file())
    # A small file system in the folder's place, seen by this night alone.
    worn = {
        "read-only": f"mount -o remount,ro '{target}'",
        "full": f"head -c 100M /dev/zero > '{target}/filler' 2>/dev/null",
    }
    script = f"""
        cp -a '{target}' '{tmp_path}/kept'
        mount -t tmpfs -o size={used // 1024 + 60}k tmpfs '{target}' && cp -a '{tmp_path}/kept/.' '{target}/'
        {worn[how]}
        exec '{_JUNHENG}' refresh --as-of 2025-03-02
    """
    failed = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
        env={**os.environ, "JUNHENG_HOME": str(office.root)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "Traceback" not in failed.stdout + failed.stderr
    assert "已发布的数据未受影响" in failed.stderr
    assert any(word in failed.stderr for word in ("No space left", "Read-only", "磁盘", "full")), failed.stderr
    assert (office.root / "published" / "junheng.duckdb").read_bytes() == before
    ends_right(office, undisturbed.marts)


def test_two_nights_at_once(yesterday: Office, undisturbed: Undisturbed, tmp_path: Path):
    office = copy_of(yesterday, tmp_path / "home")
    nights = [night(office) for _ in range(2)]
    outputs = [n.communicate()[0] for n in nights]
    assert sorted(n.returncode for n in nights) == [1, 3]
    assert "另一个刷新正在运行" in outputs[[n.returncode for n in nights].index(1)]
    assert office.marts() == undisturbed.marts
