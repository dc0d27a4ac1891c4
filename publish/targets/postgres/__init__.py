"""The marts on a PostgreSQL server: copied aside, compared, swapped in one transaction.

Whoever reads the old marts finishes undisturbed; a copy that fails leaves them in place. Who may see which county is
kept in schema ``access`` (``publish/access.py``), outside of what is swapped. Tables lie in ``marts_rows``, which
readers cannot open; they open views, in ``marts``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import TYPE_CHECKING

import duckdb

from publish.dictionary import marts
from publish.language import say
from publish.targets.postgres.sending import CopyDiffers, bring_all
from publish.targets.postgres.views import give_view

if TYPE_CHECKING:
    import psycopg

UP_TO_DATE = ("服务器上已是最新", "the server is up to date")
LOADER, READER = "junheng_loader", "junheng_reader"  # roles: who copies, and whoever reads belongs to the second
_COPY_WAIT = "10min"  # for another copy to finish
_READ_AT_MOST = "1h"  # a transaction of a reader, before the next copy ends it
_DROP_WAIT_SECONDS = 5  # for the readers of all earlier runs together
_LOCK_WAIT = "1min"  # for whoever changes the same objects


def copy_marts(warehouse: Path, run_id: str, address: str, progress: Callable[[str], None]) -> bool:
    """Bring the marts of a published warehouse to a server; see ``Target``.

    ``address`` is the connection of the role that owns the marts, as libpq reads it. The run is kept as comment of the
    schema.
    """
    import psycopg
    from adbc_driver_manager.dbapi import Error

    try:
        return _copy_all(warehouse, address, run_id, progress)
    except (psycopg.Error, Error, CopyDiffers) as error:
        kept = say("（服务器上仍是上一次的数据）", " (the server keeps the marts it had)")
        raise RuntimeError(f"PostgreSQL: {str(error).strip()}{kept}") from error


def _copy_all(warehouse: Path, uri: str, run_id: str, progress: Callable[[str], None]) -> bool:
    import psycopg

    with _one_copy(uri), psycopg.connect(uri, autocommit=True) as server:
        server.execute(f"set lock_timeout = '{_LOCK_WAIT}'")
        standing = server.execute("select obj_description(to_regnamespace('marts'), 'pg_namespace')").fetchall()
        if standing == [(run_id,)]:
            return False
        _end_sessions_in_the_way(server, progress)
        _begin(server)
        wanted = [mart for mart in marts() if mart.is_served]
        with duckdb.connect(str(warehouse), read_only=True) as source:
            bring_all(source, uri, wanted, progress)
        for mart in wanted:
            give_view(server, mart)
        _swap(server, run_id)
        try:
            _drop_old(server, progress)
        except psycopg.Error as error:  # the new marts stand: no failure of the copy
            progress(say(f"    旧数据没有删完：{error}", f"    earlier marts were not all dropped: {error}"))
    return True


def _begin(server: "psycopg.Connection") -> None:
    """Make the schemas of a copy anew. What a failed one left is put with the old ones: somebody may have looked at it,
    and holds it.
    """
    token = token_hex(4)
    for new, name in (("marts_new", "marts"), ("rows_new", "marts_rows")):
        if server.execute("select from pg_namespace where nspname = %s", [new]).fetchall():
            server.execute(f"alter schema {new} rename to {name}_old_{token}")
        server.execute(f"create schema {new}")


@contextmanager
def _one_copy(uri: str) -> Iterator[None]:
    """Hold the row that only one copy at a time can hold; readers cannot lock it."""
    import psycopg

    with psycopg.connect(uri) as holder:
        holder.execute(f"set lock_timeout = '{_COPY_WAIT}'")
        try:
            holder.execute("select from access.copying for update")
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise RuntimeError(
                say(
                    "服务器还没有准备好，或是旧版本准备的：请由管理员运行 junheng access setup。",
                    "The server is not set up, or was by an earlier release: junheng access setup, as administrator.",
                )
            ) from None
        yield


def _swap(server: "psycopg.Connection", run_id: str) -> None:
    """Put the new views and rows in the place of the old ones, which readers may finish with but not open any more."""
    from psycopg import sql

    reader = sql.Identifier(READER)
    with server.transaction():
        for new, name in (("marts_new", "marts"), ("rows_new", "marts_rows")):
            standing = sql.Identifier(name)
            if server.execute("select from pg_namespace where nspname = %s", [name]).fetchall():
                server.execute(sql.SQL("revoke all on schema {} from {}").format(standing, reader))
                old = sql.Identifier(f"{name}_old_{run_id}")
                server.execute(sql.SQL("alter schema {} rename to {}").format(standing, old))
            server.execute(sql.SQL("alter schema {} rename to {}").format(sql.Identifier(new), standing))
        server.execute(sql.SQL("comment on schema marts is {}").format(sql.Literal(run_id)))
        server.execute(sql.SQL("grant usage on schema marts to {}").format(reader))
        server.execute(sql.SQL("grant select on all tables in schema marts to {}").format(reader))
        server.execute(sql.SQL("grant execute on all functions in schema marts_rows to {}").format(reader))


def _end_sessions_in_the_way(server: "psycopg.Connection", progress: Callable[[str], None]) -> None:
    """End what readers left open for too long, or that fills the table of locks, and say whose it was."""
    function = "access.end_sessions_in_the_way(interval)"  # of publish/server_rights.py
    if server.execute("select to_regprocedure(%s) is null", [function]).fetchall() == [(True,)]:
        return  # set up by an administrator who may not end sessions, or by an earlier release
    for login, since, locks in server.execute(
        "select * from access.end_sessions_in_the_way(%s)", [_READ_AT_MOST]
    ).fetchall():
        progress(
            say(
                f"    已结束 {login} 的会话：事务始于 {since:%Y-%m-%d %H:%M}，持有 {locks} 个锁",
                f"    ended a session of {login}: its transaction began {since:%Y-%m-%d %H:%M}, with {locks} locks",
            )
        )


def _drop_old(server: "psycopg.Connection", progress: Callable[[str], None]) -> None:
    """Drop the marts of earlier runs; those that somebody still reads stay until the next night."""
    import psycopg
    from psycopg import sql

    old = "select nspname from pg_namespace where nspname ~ '^marts(_rows)?_old_' order by 1"
    until, held = monotonic() + _DROP_WAIT_SECONDS, 0
    for (name,) in server.execute(old).fetchall():
        wait = max(1, round(1000 * (until - monotonic())))
        server.execute(sql.SQL("set lock_timeout = {}").format(sql.Literal(f"{wait}ms")))
        try:
            server.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            held += 1
    if held:
        progress(
            say(
                f"    还有人在读以前的数据，{held} 个旧模式留到下次再删",
                f"    earlier marts are still being read: {held} old schemas stay until the next night",
            )
        )
