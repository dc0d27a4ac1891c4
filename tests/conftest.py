"""Shared by all tests: a home of their own, and the command line run as people run it."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.preloaded import python

PROJECT = Path(__file__).resolve().parent.parent
SOAK = os.environ.get("JUNHENG_SOAK") == "1"  # all of what `make test` takes a fixed share of
FIXTURES = PROJECT / "tests" / "fixtures"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each of hundreds of processes would compile the project anew
os.environ["JUNHENG_LANG"] = "zh"  # what tests read is in Chinese, whatever this machine's locale


@dataclass
class Office:
    """One installation: its folders, its command line, its published warehouse."""

    root: Path
    interpreter: str = ""  # a plain one, for what hangs on its own start: its hash seed, its memory

    def run(
        self, *arguments: str | Path, pages: bool = False, settings: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess:
        environment = {**os.environ, "JUNHENG_HOME": str(self.root), "COLUMNS": "160", "JUNHENG_PAGES": str(int(pages))}
        environment |= settings or {}
        program = str(Path(sys.executable).with_name("junheng"))
        command = [self.interpreter or python(), program, *map(str, arguments)]
        return subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=600)

    def refresh(self, *arguments: str) -> subprocess.CompletedProcess:
        done = self.run("refresh", *arguments)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    def refresh_with(self, project: Path, *arguments: str) -> subprocess.CompletedProcess:
        """Run a night with a copy of the project: its rules are data that an office may change."""
        return self.run_with(project, "refresh", *arguments)

    def run_with(self, project: Path, *arguments: str | Path) -> subprocess.CompletedProcess:
        """Run a command of a copy of the project."""
        program = [python(), "-c", "from junheng.cli import main; main()", *map(str, arguments)]
        environment = {"PATH": "/usr/bin:/bin", "JUNHENG_HOME": str(self.root), "PYTHONPATH": str(project)}
        environment["JUNHENG_PAGES"] = "0"
        return subprocess.run(program, cwd=project, env=environment, capture_output=True, text=True)

    def query(self, sql: str, parameters: list | dict | None = None) -> list[tuple]:
        with duckdb.connect(str(self.root / "published" / "junheng.duckdb"), read_only=True) as connection:
            return connection.execute(sql, parameters or []).fetchall()

    def marts(self) -> dict[str, list[tuple]]:
        """Return the rows of every mart and of the history behind them, sorted."""
        names = self.query(
            "select table_schema, table_name from information_schema.tables where table_schema in ('marts', "
            "'snapshots') order by all"
        )
        return {name: self.query(f"select * from {schema}.{name} order by all") for schema, name in names}

    @property
    def landing(self) -> Path:
        return self.root / "landing"


def copy_of(office: Office, root: Path) -> Office:
    """Copy an office with its links: the published file is one with the run that built it."""
    subprocess.run(["cp", "-a", office.root, root], check=True)
    return Office(root)


# Files that take minutes come first, so that no worker waits for them at the end. While one worker has dbt make what is
# kept of the rules, the other has dbt test them.
_LONGEST = (
    "test_progress.py",
    "test_unit_tests.py",
    "test_faults.py",
    "test_sequences.py",
    "test_deliveries.py",
    "test_night.py",
    "test_time.py",
    "test_published_file.py",
    "test_sources.py",
    "test_hostile.py",
    "test_synthetic.py",
    "test_month_of_a_clerk.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _LONGEST.index(item.path.name) if item.path.name in _LONGEST else len(_LONGEST))


def copy_of_project(root: Path) -> Path:
    """Copy the project, to change its seeds and forms."""
    import shutil

    root.mkdir(parents=True)
    shutil.copyfile(PROJECT / "requirements.lock", root / "requirements.lock")
    for folder in ("dbt_project", "docs", "expectations", "extract", "junheng", "publish"):
        shutil.copytree(PROJECT / folder, root / folder)
    return root


@pytest.fixture
def own_project(tmp_path: Path) -> Path:
    """A copy of the project, to change its seeds and forms."""
    return copy_of_project(tmp_path / "project")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    (tmp_path / "landing").mkdir()
    return Office(tmp_path)


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Office], None]) -> Office:
    """Return an office that the first process to ask makes, for all processes of this run of the tests."""
    import fcntl

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    office = Office(shared / f"shared_{name}")
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (office.root / "made").exists():
            office.landing.mkdir(parents=True)
            make(office)
            (office.root / "made").touch()
    return office


@pytest.fixture(scope="session")
def sample_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The two sample counties after one night; only to be looked at."""

    def make(office: Office) -> None:
        import shutil

        shutil.copytree(FIXTURES / "landing", office.landing, dirs_exist_ok=True)
        done = office.refresh()
        assert done.returncode == 0, done.stdout + done.stderr

    return made_once(tmp_path_factory, "samples", make)


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office after one night over counties that have nothing to do with each other; only to be looked at."""
    from tests.end_to_end.first_night import DAY, deliver

    def make(office: Office) -> None:
        deliver(office.landing)
        done = office.refresh("--as-of", DAY)
        assert done.returncode == 0, done.stdout + done.stderr

    return made_once(tmp_path_factory, "first_night", make)


@pytest.fixture
def night_office(first_night: Office, tmp_path: Path) -> Office:
    """A copy of the office after its first night, links between files kept: for further nights."""
    return copy_of(first_night, tmp_path / "home")


@pytest.fixture(scope="session")
def duckdb_1_client(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A DuckDB 1.x client beside the project's own, installed with its hashes pinned."""
    target = tmp_path_factory.mktemp("duckdb1")
    pip = (
        [sys.executable, "-m", "pip"]
        if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode == 0
        else ["uv", "pip"]
    )
    subprocess.run(
        [
            *pip,
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            str(target),
            "--require-hashes",
            "--requirement",
            str(FIXTURES.parent / "duckdb-1-client.lock"),
        ],
        check=True,
        capture_output=True,
    )
    return str(target)
