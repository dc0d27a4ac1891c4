"""The marts on a PostgreSQL server: copied aside, compared, swapped in one transaction.

Whoever reads the old marts finishes undisturbed; a copy that fails leaves them in place. Who may see which county is
kept in schema ``access`` (``publish/access.py``), outside of what is swapped.

Readers open views (schema ``marts``); the tables lie in ``marts_rows``, which they cannot open. Row security alone
tells them of rows that are not theirs: a condition becomes a search in the index before the policy is asked, and
EXPLAIN counts what was found. A view gives the rows of a login through a function, which EXPLAIN does not look into,
and to who sees all the whole table behind a fence (``offset 0``) that no condition passes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from extract.common.noise import NOISE
from publish.dictionary import Mart, marts
from publish.language import say

if TYPE_CHECKING:
    import psycopg

UP_TO_DATE = ("服务器上已是最新", "the server is up to date")
READER = "junheng_reader"
_COPY_WAIT = "10min"  # for another copy to finish
_DROP_WAIT = "5s"
_TEXT, _NUMBER, _WHOLE, _TRUTH = "text", "number", "whole", "truth"
_KINDS = {
    "varchar": _TEXT,
    "date": _TEXT,
    "timestamp": _TEXT,
    "double": _NUMBER,
    "integer": _WHOLE,
    "bigint": _WHOLE,
    "hugeint": _WHOLE,
    "boolean": _TRUTH,
}


class CopyDiffers(RuntimeError):
    """A table on the server does not hold what the warehouse holds."""


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
        standing = server.execute("select obj_description(to_regnamespace('marts'), 'pg_namespace')").fetchall()
        if standing == [(run_id,)]:
            return False
        for schema in ("marts_new", "rows_new"):
            server.execute(f"drop schema if exists {schema} cascade")
            server.execute(f"create schema {schema}")
        wanted = [mart for mart in marts() if mart.is_served]
        with duckdb.connect(str(warehouse), read_only=True) as source:
            for number, mart in enumerate(wanted, 1):
                rows = _copy(source, uri, mart)
                _compare(source, server, mart)
                _finish(server, mart)
                _give_view(server, mart)
                progress(f"    {number}/{len(wanted)} {mart.name}: {rows:,}")
        _swap(server, run_id)
        _drop_old(server)
    return True


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


def _copy(source: duckdb.DuckDBPyConnection, uri: str, mart: Mart) -> int:
    import adbc_driver_postgresql.dbapi as adbc

    columns = ", ".join(
        f"cast({c.name} as bigint) as {c.name}" if c.data_type == "hugeint" else c.name for c in mart.columns
    )
    reader = source.sql(f"select {columns} from marts.{mart.name}").to_arrow_reader(100_000)
    with adbc.connect(uri) as connection, connection.cursor() as cursor:
        rows = cursor.adbc_ingest(mart.name, reader, mode="create", db_schema_name="rows_new")
        connection.commit()
    return rows


def _compare(source: duckdb.DuckDBPyConnection, server: "psycopg.Connection", mart: Mart) -> None:
    """Hold rows, values present and a checksum of each column on the server against the warehouse's."""
    here = source.execute(f"select {_sums(mart, _HERE)} from marts.{mart.name}").fetchall()[0]
    there = server.execute(f"select {_sums(mart, _THERE)} from rows_new.{mart.name}").fetchall()[0]
    names = ["rows", *(f"{c.name} ({what})" for c in mart.columns for what in ("present", "checksum"))]
    for name, sent, arrived in zip(names, here, there, strict=True):
        if not isclose(float(sent), float(arrived), rel_tol=NOISE, abs_tol=NOISE):
            raise CopyDiffers(f"{mart.name}, {name}: {sent} in the warehouse, {arrived} on the server")


# A text counts by the first 28 bits of its md5, which both ends can add up.
_HERE = {
    _TEXT: "cast('0x' || substr(md5(cast({0} as varchar)), 1, 7) as bigint)",
    _NUMBER: "{0}",
    _WHOLE: "{0}",
    _TRUTH: "cast({0} as integer)",
}
_THERE = {
    _TEXT: "('x' || substr(md5(cast({0} as text)), 1, 7))::bit(28)::bigint",
    _NUMBER: "{0}",
    _WHOLE: "{0}",
    _TRUTH: "cast({0} as integer)",
}


def _sums(mart: Mart, ways: dict[str, str]) -> str:
    parts = ["count(*)"]
    for column in mart.columns:
        parts += [f"count({column.name})", f"coalesce(sum({ways[_KINDS[column.data_type]].format(column.name)}), 0)"]
    return ", ".join(parts)


def _finish(server: "psycopg.Connection", mart: Mart) -> None:
    """Index a table that has arrived: unique by its grain, and by what BI tools filter by first."""
    from psycopg import sql

    table = sql.Identifier("rows_new", mart.name)
    names = {column.name for column in mart.columns}
    key = [c for c in ("county_code", "census_year", "assessment_year") if c in names]
    key += [c for c in mart.grain if c in names and c not in key]
    server.execute(
        sql.SQL("create unique index on {} ({}) nulls not distinct").format(
            table, sql.SQL(", ").join(map(sql.Identifier, key))
        )
    )
    server.execute(sql.SQL("analyze {}").format(table))


def _give_view(server: "psycopg.Connection", mart: Mart) -> None:
    """Make the view that readers open, with the descriptions of its columns."""
    from psycopg import sql

    table, view = sql.Identifier("rows_new", mart.name), sql.Identifier("marts_new", mart.name)
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in mart.columns)
    if own := _own_rows(mart):
        function = sql.Identifier("rows_new", f"own_{mart.name}")
        # Bound to the table itself, whatever its schema is called later.
        server.execute(
            sql.SQL(
                "create function {}() returns setof {} language sql stable security definer set search_path = "
                "pg_catalog, pg_temp begin atomic select * from {} where {}; end"
            ).format(function, table, table, sql.SQL(own))
        )
        server.execute(sql.SQL("revoke all on function {}() from public").format(function))
        # Statistics do not reach through a union, so estimates tell nothing of a condition's matches.
        body = sql.SQL(
            "select {0} from {1}() union all select * from (select {0} from {2} where (select access.sees_all()) "
            "union all select {0} from {2} where false offset 0) as everything"
        ).format(columns, function, table)
    else:
        body = sql.SQL("select {} from {}").format(columns, table)
    server.execute(sql.SQL("create view {} with (security_barrier) as {}").format(view, body))
    server.execute(sql.SQL("comment on view {} is {}").format(view, sql.Literal(mart.description)))
    for column in mart.columns:
        name = sql.Identifier("marts_new", mart.name, column.name)
        server.execute(sql.SQL("comment on column {} is {}").format(name, sql.Literal(column.description)))


def _own_rows(mart: Mart) -> str:
    """Return the SQL condition of a login's own rows; empty where every reader sees all of them."""
    names = {column.name for column in mart.columns}
    if "county_code" in names:
        return "county_code = any ((select access.counties())::text[])"
    # A row about several counties is for those who may see every one of them.
    if "county_codes" in names:
        return "string_to_array(county_codes, ',') <@ ((select access.counties())::text[])"
    return ""


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


def _drop_old(server: "psycopg.Connection") -> None:
    """Drop the marts of earlier runs; those that somebody still reads stay until the next night."""
    import psycopg
    from psycopg import sql

    server.execute(sql.SQL("set lock_timeout = {}").format(sql.Literal(_DROP_WAIT)))
    old = "select nspname from pg_namespace where nspname ~ '^marts(_rows)?_old_' order by 1"
    for (name,) in server.execute(old).fetchall():
        try:
            server.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))
        except psycopg.errors.LockNotAvailable:
            continue
