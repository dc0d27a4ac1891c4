"""The marts on a PostgreSQL server: copied aside, compared, swapped in one transaction.

Whoever reads the old marts finishes undisturbed; a copy that fails leaves them in place. Who may see which county is
kept in schema ``access`` (``publish/access.py``), outside of what is swapped.

Readers open views (schema ``marts``); the tables lie in ``marts_rows``, which they cannot open. Row security alone
tells them of rows that are not theirs: a condition becomes a search in the index before the policy is asked, and
EXPLAIN counts what was found. A view gives the rows of a login through a function, which EXPLAIN does not look into,
and to who sees all the whole table behind a fence (``offset 0``) that no condition passes.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from math import isclose
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import duckdb

from extract.common.noise import NOISE
from publish.dictionary import Column, Mart, marts
from publish.language import say

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

UP_TO_DATE = ("服务器上已是最新", "the server is up to date")
READER = "junheng_reader"
_COPY_WAIT = "10min"  # for another copy to finish
_DROP_WAIT = "5s"
# Labels that are the same in every row of a code: column → the table that has it as name_zh, and the code.
_LABELS = {"county_zh": ("dim_county", "county_code"), "indicator_zh": ("dim_indicator", "indicator_code")}
_AT_ONCE = 3  # tables: while one is sent, the server counts and indexes others
_BATCH = 100_000  # rows
_INDEX_MEMORY = "256MB"
_SAMPLE = 20  # of 300 × as many rows are statistics made: enough to tell large from small
_TEXT, _NUMBER, _WHOLE, _TRUTH = "text", "number", "whole", "truth"
_SQL_TYPES = {
    "varchar": 'text collate "C"',
    "date": "date",
    "timestamp": "timestamp",
    "double": "double precision",
    "integer": "integer",
    "bigint": "bigint",
    "hugeint": "bigint",
    "boolean": "boolean",
}
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
            _bring_all(source, uri, wanted, progress)
        for mart in wanted:
            _give_view(server, mart)
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


def _bring_all(
    source: duckdb.DuckDBPyConnection, uri: str, wanted: list[Mart], progress: Callable[[str], None]
) -> None:
    """Copy, compare and index the marts, several at once."""
    carriers = [_Carrier(source, uri) for _ in range(_AT_ONCE)]
    free: SimpleQueue[_Carrier] = SimpleQueue()
    for carrier in carriers:
        free.put(carrier)

    def bring(mart: Mart) -> int:
        carrier = free.get()
        try:
            return carrier.bring(mart)
        finally:
            free.put(carrier)

    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            copies = {pool.submit(bring, mart): mart.name for mart in wanted}
            try:
                for number, copy in enumerate(as_completed(copies), 1):
                    progress(f"    {number}/{len(wanted)} {copies[copy]}: {copy.result():,}")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    finally:
        for carrier in carriers:
            carrier.close()


class _Carrier:
    """Brings one mart after another to the server, on connections of its own."""

    def __init__(self, source: duckdb.DuckDBPyConnection, uri: str):
        import adbc_driver_postgresql.dbapi as adbc
        import psycopg

        self._source, self._beside = source.cursor(), source.cursor()
        self._rows, self._server = adbc.connect(uri), psycopg.connect(uri, autocommit=True)
        self._server.execute(f"set maintenance_work_mem = '{_INDEX_MEMORY}'; set default_statistics_target = {_SAMPLE}")

    def close(self) -> None:
        """Give the connections back."""
        for connection in (self._rows, self._server, self._beside, self._source):
            connection.close()

    def bring(self, mart: Mart) -> int:
        """Copy one mart, compare it and index it; return its rows.

        Raises:
            CopyDiffers: what arrived is not what was sent.
        """
        _create(self._server, mart)
        sent = self._copy(mart)
        _compare(sent, self._server, mart)
        _finish(self._server, mart)
        return int(sent[0])

    def _copy(self, mart: Mart) -> list[float]:
        """Send every row; return what was sent, summed up as ``_sums`` says."""
        import pyarrow as pa

        columns = ", ".join(
            f"cast({c.name} as bigint) as {c.name}" if c.data_type == "hugeint" else c.name for c in _stored(mart)
        )
        # A county's rows lie together, and what arrives in the order of the index need not be sorted.
        select = f"select {columns} from marts.{mart.name} order by {_in_order(mart)}"
        reader = self._source.sql(select).to_arrow_reader(_BATCH)
        sums, total = _sums(mart, _HERE), [0.0] * len(_names(mart))

        def summed_up() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                self._beside.register("batch", batch)
                of_batch = self._beside.execute(f"select {sums} from batch").fetchall()[0]
                total[:] = [one + more for one, more in zip(total, map(float, of_batch), strict=True)]
                yield batch

        with self._rows.cursor() as cursor:
            batches = pa.RecordBatchReader.from_batches(reader.schema, summed_up())
            cursor.adbc_ingest(mart.name, batches, mode="append", db_schema_name="rows_new")
        self._rows.commit()
        return total


def _create(server: "psycopg.Connection", mart: Mart) -> None:
    """Create the table. Texts compare byte by byte: an index over codes is built in half the time."""
    from psycopg import sql

    columns = [
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(_SQL_TYPES[column.data_type]))
        for column in _stored(mart)
    ]
    server.execute(
        sql.SQL("create table {} ({})").format(sql.Identifier("rows_new", mart.name), sql.SQL(", ").join(columns))
    )


def _compare(sent: list[float], server: "psycopg.Connection", mart: Mart) -> None:
    """Hold what arrived against what was sent: rows, a checksum of the texts, of other columns values present and sum.

    Raises:
        CopyDiffers: they are not the same.
    """
    arrived = server.execute(f"select {_sums(mart, _THERE)} from rows_new.{mart.name}").fetchall()[0]
    for name, here, there in zip(_names(mart), sent, arrived, strict=True):
        if not isclose(here, float(there), rel_tol=NOISE, abs_tol=NOISE):
            raise CopyDiffers(f"{mart.name}, {name}: {here} in the warehouse, {there} on the server")


# The first 28 bits of the md5 of a row's texts, which both ends can add up.
_HERE = "cast('0x' || substr(md5({0}), 1, 7) as bigint)"
_THERE = "('x' || substr(md5({0}), 1, 7))::bit(28)::bigint"


def _sums(mart: Mart, checksum: str) -> str:
    texts = [f"coalesce(cast({c.name} as text), chr(1))" for c in _stored(mart) if _KINDS[c.data_type] == _TEXT]
    row = " || chr(2) || ".join(texts) or "''"
    parts = ["count(*)", f"coalesce(sum({checksum.format(row)}), 0)"]
    parts += [f"count({name})" for name in _summed(mart)]  # of texts the checksum knows what is missing
    return ", ".join([*parts, *(f"coalesce(sum({value}), 0)" for value in _summed(mart).values())])


def _names(mart: Mart) -> list[str]:
    """Return what each of ``_sums`` is."""
    present = [f"{name} (present)" for name in _summed(mart)]
    return ["rows", "texts (checksum)", *present, *(f"{name} (sum)" for name in _summed(mart))]


def _summed(mart: Mart) -> dict[str, str]:
    """Return the columns that can be added up, and what of each is."""
    kinds = {column.name: _KINDS[column.data_type] for column in _stored(mart)}
    return {
        name: f"cast({name} as integer)" if kind == _TRUTH else name for name, kind in kinds.items() if kind != _TEXT
    }


def _stored(mart: Mart) -> list[Column]:
    """Return the columns that a table has on the server; names of counties and indicators are joined by its view."""
    return [column for column in mart.columns if column.name not in _joined(mart)]


def _joined(mart: Mart) -> dict[str, tuple[str, str]]:
    """Return the columns that a mart's view joins: name → table and key."""
    names = {column.name for column in mart.columns}
    return {
        name: (table, key)
        for name, (table, key) in _LABELS.items()
        if name in names and key in names and mart.name != table
    }


def _finish(server: "psycopg.Connection", mart: Mart) -> None:
    """Index a table by what BI tools and row rules filter by; the warehouse itself keeps rows unique."""
    from psycopg import sql

    table = sql.Identifier("rows_new", mart.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, _filtered_by(mart) or mart.grain))
    server.execute(sql.SQL("create index on {} ({})").format(table, columns))
    server.execute(sql.SQL("analyze {}").format(table))


def _filtered_by(mart: Mart) -> list[str]:
    names = {column.name for column in mart.columns}
    return [name for name in ("county_code", "census_year", "assessment_year") if name in names]


def _in_order(mart: Mart) -> str:
    key = _filtered_by(mart)
    return ", ".join([*key, *(name for name in mart.grain if name not in key)])


def _give_view(server: "psycopg.Connection", mart: Mart) -> None:
    """Make the view that readers open, with the descriptions of its columns."""
    from psycopg import sql

    table, view = sql.Identifier("rows_new", mart.name), sql.Identifier("marts_new", mart.name)
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in _stored(mart))
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
    server.execute(sql.SQL("create view {} with (security_barrier) as {}").format(view, _with_labels(mart, body)))
    comments = [sql.SQL("comment on view {} is {}").format(view, sql.Literal(mart.description))]
    for column in mart.columns:
        name = sql.Identifier("marts_new", mart.name, column.name)
        comments.append(sql.SQL("comment on column {} is {}").format(name, sql.Literal(column.description)))
    server.execute(sql.SQL("; ").join(comments))


def _with_labels(mart: Mart, body: "sql.Composable") -> "sql.Composable":
    """Join the labels to the rows that a login may see; each row has one of each."""
    from psycopg import sql

    joined = _joined(mart)
    if not joined:
        return body
    columns = [
        sql.SQL("{}.name_zh as {}").format(sql.Identifier(joined[c.name][0]), sql.Identifier(c.name))
        if c.name in joined
        else sql.SQL("own.{}").format(sql.Identifier(c.name))
        for c in mart.columns
    ]
    joins = [
        sql.SQL(" left join {} as {} on own.{} = {}.{}").format(
            sql.Identifier("rows_new", table),
            sql.Identifier(table),
            sql.Identifier(key),
            sql.Identifier(table),
            sql.Identifier(key),
        )
        for table, key in joined.values()
    ]
    return sql.SQL("select {} from ({}) as own{}").format(sql.SQL(", ").join(columns), body, sql.SQL("").join(joins))


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
