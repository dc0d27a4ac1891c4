"""`make serve` and `make bi`: what they start ends with them, by whatever signal, and is its owner's alone."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import PROJECT, Office
from tests.factories import school, workbook

_SECONDS = 240


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def started_for(home: Path) -> list[psutil.Process]:
    """Return the processes that work for a home."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("JUNHENG_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def ends_everything(home: Path, process: subprocess.Popen, ending: signal.Signals) -> None:
    assert len(started_for(home)) > 2
    os.kill(process.pid, ending)
    process.wait(60)
    for _ in range(60):
        if not (left := started_for(home)):
            break
        time.sleep(1)
    assert not left, [p.cmdline() for p in left]
    assert not [p for p in home.rglob("*") if not p.is_symlink() and not p.is_socket() and p.stat().st_mode & 0o077]


def start(command: list[str], home: Path, log: Path, ready: str, **environment: str) -> subprocess.Popen:
    everything = {**os.environ, "JUNHENG_HOME": str(home), "JUNHENG_LANG": "en", **environment}
    everything.pop("JUNHENG_POSTGRES", None)
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=PROJECT, env=everything, stdout=out, stderr=out, start_new_session=True)
    for _ in range(_SECONDS):
        if ready in log.read_text():
            return process
        assert process.poll() is None, log.read_text()
        time.sleep(1)
    raise AssertionError(log.read_text())


@pytest.mark.parametrize(
    ("command", "ending"),
    [("make serve", "SIGTERM"), ("dags/airflow.sh serve", "SIGHUP"), ("dags/airflow.sh serve", "SIGKILL")],
)
def test_make_serve_waits_for_its_api_and_ends_with_all_it_started(tmp_path: Path, command: str, ending: str):
    home = tmp_path / "home"
    port = free_port()
    process = start(command.split(), home, tmp_path / "log", "password in", AIRFLOW__API__PORT=port)
    commands = [" ".join(p.cmdline()) for p in started_for(home)]
    assert any("scheduler" in c for c in commands)
    # The scheduler began when the API answered: its first words are younger than the API's.
    logs = home / "airflow"
    assert (
        "Uvicorn running" in (logs / "api-server.log").read_text()
        or "startup complete" in (logs / "api-server.log").read_text()
    )
    ends_everything(home, process, signal.Signals[ending])


@pytest.mark.parametrize("ending", ["SIGTERM", "SIGHUP"])
def test_make_bi_ends_with_all_it_started(tmp_path_factory: pytest.TempPathFactory, ending: str):
    root = tmp_path_factory.mktemp("bi")
    for folder in (root, *root.parents[:2]):
        folder.chmod(0o755)  # the PostgreSQL server runs as another user
    office = Office(root / "home")
    workbook(office.landing, 2024, school("649894", 1))
    assert office.refresh().returncode == 0
    office.root.chmod(0o755)
    for path in office.landing.rglob("*"):
        path.chmod(0o700)
    office.landing.chmod(0o700)
    process = start(
        [str(PROJECT / ".venv" / "bin" / "junheng"), "bi"],
        office.root,
        root / "log",
        "Ctrl-C ends it",
        SUPERSET_BIND=f"127.0.0.1:{free_port()}",
    )
    time.sleep(3)
    assert any("gunicorn" in " ".join(p.cmdline()) for p in started_for(office.root))
    assert any("postgres" in p.name() for p in started_for(office.root))
    os.kill(process.pid, signal.Signals[ending])
    process.wait(60)
    for _ in range(30):
        if not (left := started_for(office.root)):
            break
        time.sleep(1)
    assert not left, [p.cmdline() for p in left]
