"""A PostgreSQL server made ready, once: ``python -m publish.init_server``, as its administrator (``JUNHENG_POSTGRES``).
Databases ``airflow``, ``superset`` and ``junheng`` with their owners, the roles of ``publish/access.py``, and the login
that the dashboards read with. Passwords come from the environment and are set anew each time.
"""

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from publish.access import grant, open_gateway, set_up
from publish.targets.postgres import LOADER

if TYPE_CHECKING:
    import psycopg

DASHBOARDS = "junheng_dashboards"
_OWNERS = {"airflow": "AIRFLOW_DATABASE_PASSWORD", "superset": "SUPERSET_DATABASE_PASSWORD"}
_LOGINS = {**_OWNERS, LOADER: "JUNHENG_LOADER_PASSWORD", DASHBOARDS: "JUNHENG_DASHBOARDS_PASSWORD"}


def main() -> None:
    """Make the server ready; doing it again changes nothing but the passwords."""
    import psycopg

    wanted = ("JUNHENG_POSTGRES", *_LOGINS.values())
    if missing := [name for name in wanted if not os.environ.get(name)]:
        sys.exit(f"is not set: {', '.join(missing)}")
    uri = os.environ["JUNHENG_POSTGRES"]
    with psycopg.connect(uri, autocommit=True) as server:
        for login, variable in _LOGINS.items():
            _login(server, login, os.environ[variable])
        for database, owner in {"airflow": "airflow", "superset": "superset", "junheng": None}.items():
            _database(server, database, owner)
        # PostgreSQL's own two: whoever may open one sees there who is on the server.
        for database in ("postgres", "template1"):
            _close(server, database)
    with psycopg.connect(urlunsplit(urlsplit(uri)._replace(path="/junheng")), autocommit=True) as server:
        set_up(server)
        grant(server, DASHBOARDS, "all")
        open_gateway(server, DASHBOARDS, os.environ["JUNHENG_DASHBOARDS_PASSWORD"])
    print("PostgreSQL is ready: databases airflow, superset, junheng")


def _login(server: "psycopg.Connection", name: str, password: str) -> None:
    from psycopg import sql

    if not server.execute("select from pg_roles where rolname = %s", [name]).fetchall():
        server.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))
    server.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(name), sql.Literal(password)))


def _database(server: "psycopg.Connection", name: str, owner: str | None) -> None:
    from psycopg import sql

    if not server.execute("select from pg_database where datname = %s", [name]).fetchall():
        owned = sql.SQL(" owner {}").format(sql.Identifier(owner)) if owner else sql.SQL("")
        server.execute(
            sql.SQL("create database {} encoding 'UTF8' template template0").format(sql.Identifier(name)) + owned
        )
    _close(server, name)


def _close(server: "psycopg.Connection", name: str) -> None:
    """Take a database from everybody; publish/access.py grants to connect to database junheng."""
    from psycopg import sql

    server.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))


if __name__ == "__main__":
    main()
