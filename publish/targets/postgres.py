"""The marts on a PostgreSQL server: copied aside, compared, swapped in one transaction.

Whoever reads the old marts finishes undisturbed; a copy that fails leaves them in place. Who may see which county is
kept in schema ``access`` (``publish/access.py``), outside of what is swapped.

Readers open views (schema ``marts``); the tables lie in ``marts_rows``, which they cannot open. Row security alone
tells them of rows that are not theirs: a condition becomes a search in the index before the policy is asked, and
EXPLAIN counts what was found. A view gives the rows of a login through a function, which EXPLAIN does not look into,
and to who sees all the whole table behind a fence (``offset 0``) that no condition passes.

Texts that many rows share lie once in tables of labels, which the views join. A condition on a label may not become a
search among all labels, so the views give each as an expression over the row and the label together, and the key of a
label, which nobody sees, is a hash that no condition can name.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import duckdb

from extract.common.noise import NOISE
from publish.dictionary import Mart, marts
from publish.language import say

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa
    from psycopg import sql

UP_TO_DATE = ("服务器上已是最新", "the server is up to date")
READER = "junheng_reader"
_COPY_WAIT = "10min"  # for another copy to finish
_DROP_WAIT = "5s"
# What many rows share: table of labels → its columns. Those that a mart has of them are one key in its rows.
_LABELS = {
    "county": ("county_zh",),
    "school": ("school_name", "member_school_name", "school_type", "urban_rural"),
    "wording": ("indicator_zh", "measure_zh", "unit", "gap_unit", "reason", "how", "standard_version"),
    "source": ("file_name", "sheet", "evidence"),
}
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


@dataclass(frozen=True)
class _Table:
    """A table on the server: what is read for it, its columns and their types, what it is indexed and filtered by."""

    name: str
    select: str
    types: dict[str, str]
    index: tuple[str, ...]
    is_unique: bool = False
    labels: tuple[str, ...] = ()  # whose texts are read with its rows and lie beside them


def _rows_of(mart: Mart) -> _Table:
    """Describe the table of a mart. What BI tools and row rules filter by is indexed; its grain is unique already."""
    shared = _shared(mart)
    labels = tuple(dict.fromkeys(shared.values()))
    types = {column.name: column.data_type for column in mart.columns if column.name not in shared}
    read = [f"cast({name} as bigint) as {name}" if kind == "hugeint" else name for name, kind in types.items()]
    for label in labels:
        read += [f"{name if name in shared else 'cast(null as varchar)'} as label_{name}" for name in _LABELS[label]]
        read.append(f"cast(hash({', '.join(_texts(label))}) >> 1 as bigint) as {_key(label)}")
    types |= {_key(label): "bigint" for label in labels}
    index = tuple(name for name in ("county_code", "census_year", "assessment_year") if name in types) or mart.grain
    return _Table(mart.name, f"select {', '.join(read)} from marts.{mart.name}", types, index, labels=labels)


def _all_of(label: str) -> _Table:
    """Describe a table of labels, of what was found with the rows. Two of the same key do not fit its unique index."""
    types = {_key(label): "bigint", **dict.fromkeys(_texts(label), "varchar")}
    return _Table(f"label_{label}", f"select distinct * from {label}_found", types, (_key(label),), is_unique=True)


def _shared(mart: Mart) -> dict[str, str]:
    """Return the columns of a mart that lie among the labels: name → label. What tells rows apart stays with them."""
    names = {column.name for column in mart.columns} - set(mart.grain)
    return {name: label for label, columns in _LABELS.items() for name in columns if name in names}


def _key(label: str) -> str:
    return f"{label}_key"


def _texts(label: str) -> list[str]:
    return [f"label_{name}" for name in _LABELS[label]]


def _bring_all(
    source: duckdb.DuckDBPyConnection, uri: str, wanted: list[Mart], progress: Callable[[str], None]
) -> None:
    """Copy, compare and index the tables, several at once; the labels that were found with the rows come last."""
    found: dict[str, list[pa.Table]] = {label: [] for label in _LABELS}
    carriers = [_Carrier(source, uri, found) for _ in range(_AT_ONCE)]
    free: SimpleQueue[_Carrier] = SimpleQueue()
    for carrier in carriers:
        free.put(carrier)

    def bring(table: _Table) -> int:
        carrier = free.get()
        try:
            return carrier.bring(table)
        finally:
            free.put(carrier)

    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            copies = {pool.submit(bring, _rows_of(mart)): mart.name for mart in wanted}
            try:
                for number, copy in enumerate(as_completed(copies), 1):
                    progress(f"    {number}/{len(wanted)} {copies[copy]}: {copy.result():,}")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        for label in _LABELS:
            carriers[0].bring_labels(label)
    finally:
        for carrier in carriers:
            carrier.close()


class _Carrier:
    """Brings one table after another to the server, on connections of its own; keeps the labels that it finds."""

    def __init__(self, source: duckdb.DuckDBPyConnection, uri: str, found: "dict[str, list[pa.Table]]"):
        import adbc_driver_postgresql.dbapi as adbc
        import psycopg

        self._source, self._beside = source.cursor(), source.cursor()
        self._rows, self._server = adbc.connect(uri), psycopg.connect(uri, autocommit=True)
        self._server.execute(f"set maintenance_work_mem = '{_INDEX_MEMORY}'; set default_statistics_target = {_SAMPLE}")
        self._found = found

    def close(self) -> None:
        """Give the connections back."""
        for connection in (self._rows, self._server, self._beside, self._source):
            connection.close()

    def bring(self, table: _Table) -> int:
        """Copy one table, compare it and index it; return its rows.

        Raises:
            CopyDiffers: what arrived is not what was sent.
        """
        _create(self._server, table)
        sent = self._copy(table)
        _compare(sent, self._server, table)
        _finish(self._server, table)
        return int(sent[0])

    def bring_labels(self, label: str) -> None:
        """Bring the labels that were found with the rows of every mart."""
        import pyarrow as pa

        table = _all_of(label)
        schema = pa.schema(
            [(name, pa.int64() if kind == "bigint" else pa.string()) for name, kind in table.types.items()]
        )
        self._source.register(f"{label}_found", pa.concat_tables([schema.empty_table(), *self._found[label]]))
        self.bring(table)

    def _copy(self, table: _Table) -> list[float]:
        """Send every row; return what was sent, summed up as ``_sums`` says."""
        import pyarrow as pa

        reader = self._source.sql(table.select).to_arrow_reader(_BATCH)
        sums, total = _sums(table, _HERE), [0.0] * len(_names(table))
        schema = pa.schema([reader.schema.field(name) for name in table.types])

        def summed_up() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                self._beside.register("batch", batch)
                of_batch = self._beside.execute(f"select {sums} from batch").fetchall()[0]
                total[:] = [one + more for one, more in zip(total, map(float, of_batch), strict=True)]
                for label in table.labels:
                    columns = ", ".join((_key(label), *_texts(label)))
                    self._found[label].append(
                        self._beside.sql(f"select distinct {columns} from batch").to_arrow_table()
                    )
                yield batch.select(schema.names)

        with self._rows.cursor() as cursor:
            batches = pa.RecordBatchReader.from_batches(schema, summed_up())
            cursor.adbc_ingest(table.name, batches, mode="append", db_schema_name="rows_new")
        self._rows.commit()
        return total


def _create(server: "psycopg.Connection", table: _Table) -> None:
    """Create the table. Texts compare byte by byte: an index over codes is built in half the time."""
    from psycopg import sql

    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_SQL_TYPES[kind])) for name, kind in table.types.items()
    ]
    server.execute(
        sql.SQL("create table {} ({})").format(sql.Identifier("rows_new", table.name), sql.SQL(", ").join(columns))
    )


def _compare(sent: list[float], server: "psycopg.Connection", table: _Table) -> None:
    """Hold what arrived against what was sent: rows, a checksum of the texts, of other columns values present and sum.

    Raises:
        CopyDiffers: they are not the same.
    """
    arrived = server.execute(f"select {_sums(table, _THERE)} from rows_new.{table.name}").fetchall()[0]
    for name, here, there in zip(_names(table), sent, arrived, strict=True):
        if not isclose(here, float(there), rel_tol=NOISE, abs_tol=NOISE):
            raise CopyDiffers(f"{table.name}, {name}: {here} in the warehouse, {there} on the server")


# The first 28 bits of the md5 of a row's texts, which both ends can add up.
_HERE = "cast('0x' || substr(md5({0}), 1, 7) as bigint)"
_THERE = "('x' || substr(md5({0}), 1, 7))::bit(28)::bigint"


def _sums(table: _Table, checksum: str) -> str:
    texts = [f"coalesce(cast({name} as text), chr(1))" for name, kind in table.types.items() if _KINDS[kind] == _TEXT]
    row = " || chr(2) || ".join(texts) or "''"
    parts = ["count(*)", f"coalesce(sum({checksum.format(row)}), 0)"]
    parts += [f"count({name})" for name in _summed(table)]  # of texts the checksum knows what is missing
    return ", ".join([*parts, *(f"coalesce(sum({value}), 0)" for value in _summed(table).values())])


def _names(table: _Table) -> list[str]:
    """Return what each of ``_sums`` is."""
    present = [f"{name} (present)" for name in _summed(table)]
    return ["rows", "texts (checksum)", *present, *(f"{name} (sum)" for name in _summed(table))]


def _summed(table: _Table) -> dict[str, str]:
    """Return the columns that can be added up, and what of each is."""
    kinds = {name: _KINDS[kind] for name, kind in table.types.items()}
    return {
        name: f"cast({name} as integer)" if kind == _TRUTH else name for name, kind in kinds.items() if kind != _TEXT
    }


def _finish(server: "psycopg.Connection", table: _Table) -> None:
    """Index a table, and count what it holds."""
    from psycopg import sql

    name = sql.Identifier("rows_new", table.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.index))
    create = sql.SQL("create unique index" if table.is_unique else "create index")
    server.execute(create + sql.SQL(" on {} ({})").format(name, columns))
    server.execute(sql.SQL("analyze {}").format(name))


def _give_view(server: "psycopg.Connection", mart: Mart) -> None:
    """Make the view that readers open, with the descriptions of its columns."""
    from psycopg import sql

    table, view = sql.Identifier("rows_new", mart.name), sql.Identifier("marts_new", mart.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, _rows_of(mart).types))
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

    shared = _shared(mart)
    columns = []
    for column in mart.columns:
        name = sql.Identifier(column.name)
        if label := shared.get(column.name):
            key = sql.Identifier(_key(label))
            given = sql.SQL("case when own.{} is not null then {}.{} end as {}")
            text = sql.Identifier(f"label_{column.name}")
            columns.append(given.format(key, sql.Identifier(label), text, name))
        else:
            columns.append(sql.SQL("own.{}").format(name))
    joins = [
        sql.SQL(" left join {0} as {1} on own.{2} = {1}.{2}").format(
            sql.Identifier("rows_new", f"label_{label}"), sql.Identifier(label), sql.Identifier(_key(label))
        )
        for label in dict.fromkeys(shared.values())
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
