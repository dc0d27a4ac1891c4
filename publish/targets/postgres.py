"""The marts on a PostgreSQL server: copied aside, compared, swapped in one transaction.

Whoever reads the old marts finishes undisturbed; a copy that fails leaves them in place. Who may see which county is
kept in schema ``access`` (``publish/access.py``), outside of what is swapped.
"""

from collections.abc import Callable
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
_LOCK = 6_427_390_145  # one copy at a time; any number will do
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

    with psycopg.connect(uri, autocommit=True) as server:
        server.execute("select pg_advisory_lock(%s)", [_LOCK])
        standing = server.execute("select obj_description(to_regnamespace('marts'), 'pg_namespace')").fetchall()
        if standing == [(run_id,)]:
            return False
        server.execute("drop schema if exists marts_new cascade")
        server.execute("create schema marts_new")
        wanted = [mart for mart in marts() if mart.is_served]
        with duckdb.connect(str(warehouse), read_only=True) as source:
            for number, mart in enumerate(wanted, 1):
                rows = _copy(source, uri, mart)
                _compare(source, server, mart)
                _finish(server, mart)
                progress(f"    {number}/{len(wanted)} {mart.name}: {rows:,}")
        _swap(server, run_id)
        _drop_old(server)
    return True


def _copy(source: duckdb.DuckDBPyConnection, uri: str, mart: Mart) -> int:
    import adbc_driver_postgresql.dbapi as adbc

    columns = ", ".join(
        f"cast({c.name} as bigint) as {c.name}" if c.data_type == "hugeint" else c.name for c in mart.columns
    )
    reader = source.sql(f"select {columns} from marts.{mart.name}").to_arrow_reader(100_000)
    with adbc.connect(uri) as connection, connection.cursor() as cursor:
        rows = cursor.adbc_ingest(mart.name, reader, mode="create", db_schema_name="marts_new")
        connection.commit()
    return rows


def _compare(source: duckdb.DuckDBPyConnection, server: "psycopg.Connection", mart: Mart) -> None:
    """Hold rows, values present and a checksum of each column on the server against the warehouse's."""
    here = source.execute(f"select {_sums(mart, _HERE)} from marts.{mart.name}").fetchall()[0]
    there = server.execute(f"select {_sums(mart, _THERE)} from marts_new.{mart.name}").fetchall()[0]
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
    """Comment, index and guard a table that has arrived."""
    from psycopg import sql

    table = sql.Identifier("marts_new", mart.name)
    server.execute(sql.SQL("comment on table {} is {}").format(table, sql.Literal(mart.description)))
    for column in mart.columns:
        server.execute(
            sql.SQL("comment on column {} is {}").format(
                sql.Identifier("marts_new", mart.name, column.name), sql.Literal(column.description)
            )
        )
    names = {column.name for column in mart.columns}
    # Unique by its grain; what BI tools filter by first.
    key = [c for c in ("county_code", "census_year", "assessment_year") if c in names]
    key += [c for c in mart.grain if c in names and c not in key]
    server.execute(
        sql.SQL("create unique index on {} ({}) nulls not distinct").format(
            table, sql.SQL(", ").join(map(sql.Identifier, key))
        )
    )
    if "county_code" in names:
        server.execute(sql.SQL("alter table {} enable row level security").format(table))
        server.execute(
            sql.SQL(
                "create policy own_counties on {} for select using ((select access.sees_all()) or county_code = "
                "any ((select access.counties())::text[]))"
            ).format(table)
        )
    elif "county_codes" in names:
        # A row about several counties is for those who may see every one of them.
        server.execute(sql.SQL("alter table {} enable row level security").format(table))
        server.execute(
            sql.SQL(
                "create policy own_counties on {} for select using ((select access.sees_all()) or "
                "string_to_array(county_codes, ',') <@ ((select access.counties())::text[]))"
            ).format(table)
        )
    server.execute(sql.SQL("analyze {}").format(table))


def _swap(server: "psycopg.Connection", run_id: str) -> None:
    from psycopg import sql

    with server.transaction():
        if server.execute("select from pg_namespace where nspname = 'marts'").fetchall():
            server.execute(sql.SQL("alter schema marts rename to {}").format(sql.Identifier(f"marts_old_{run_id}")))
        server.execute("alter schema marts_new rename to marts")
        server.execute(sql.SQL("comment on schema marts is {}").format(sql.Literal(run_id)))
        server.execute(sql.SQL("grant usage on schema marts to {}").format(sql.Identifier(READER)))
        server.execute(sql.SQL("grant select on all tables in schema marts to {}").format(sql.Identifier(READER)))


def _drop_old(server: "psycopg.Connection") -> None:
    """Drop the marts of earlier runs; those that somebody still reads stay until the next night."""
    import psycopg
    from psycopg import sql

    server.execute(sql.SQL("set lock_timeout = {}").format(sql.Literal(_DROP_WAIT)))
    for (name,) in server.execute("select nspname from pg_namespace where nspname like 'marts\\_old\\_%'").fetchall():
        try:
            server.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))
        except psycopg.errors.LockNotAvailable:
            continue
