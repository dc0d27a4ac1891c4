"""Rows on their way to the server: by Arrow, several tables at once, each held against what arrived."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from math import isclose
from queue import SimpleQueue
from secrets import token_hex
from typing import TYPE_CHECKING

import duckdb

from extract.common.noise import NOISE
from publish.dictionary import Mart
from publish.targets.postgres.tables import LABELS, Table, create, index, key_of, labels_of_all, rows_of, texts_of

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

_AT_ONCE = 3  # tables: while one is sent, the server counts and indexes others
_BATCH = 100_000  # rows
_INDEX_MEMORY = "256MB"
_SAMPLE = 20  # of 300 × as many rows are statistics made: enough to tell large from small
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


def bring_all(source: duckdb.DuckDBPyConnection, uri: str, wanted: list[Mart], progress: Callable[[str], None]) -> None:
    """Copy, compare and index the tables, several at once; the labels that were found with the rows come last."""
    found: dict[str, list[pa.Table]] = {label: [] for label in LABELS}
    carriers = [_Carrier(source, uri, found) for _ in range(_AT_ONCE)]
    free: SimpleQueue[_Carrier] = SimpleQueue()
    salt = token_hex(16)
    for carrier in carriers:
        free.put(carrier)

    def bring(table: Table) -> int:
        carrier = free.get()
        try:
            return carrier.bring(table)
        finally:
            free.put(carrier)

    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            copies = {pool.submit(bring, rows_of(mart, salt)): mart.name for mart in wanted}
            try:
                for number, copy in enumerate(as_completed(copies), 1):
                    progress(f"    {number}/{len(wanted)} {copies[copy]}: {copy.result():,}")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        for label in LABELS:
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

    def bring(self, table: Table) -> int:
        """Copy one table, compare it and index it; return its rows.

        Raises:
            CopyDiffers: what arrived is not what was sent.
        """
        create(self._server, table)
        sent = self._copy(table)
        _compare(sent, self._server, table)
        index(self._server, table)
        return int(sent[0])

    def bring_labels(self, label: str) -> None:
        """Bring the labels that were found with the rows of every mart."""
        import pyarrow as pa

        table = labels_of_all(label)
        schema = pa.schema(
            [(name, pa.int64() if kind == "bigint" else pa.string()) for name, kind in table.types.items()]
        )
        self._source.register(f"{label}_found", pa.concat_tables([schema.empty_table(), *self._found[label]]))
        self.bring(table)

    def _copy(self, table: Table) -> list[float]:
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
                    columns = ", ".join((key_of(label), *texts_of(label)))
                    self._found[label].append(
                        self._beside.sql(f"select distinct {columns} from batch").to_arrow_table()
                    )
                yield batch.select(schema.names)

        with self._rows.cursor() as cursor:
            batches = pa.RecordBatchReader.from_batches(schema, summed_up())
            cursor.adbc_ingest(table.name, batches, mode="append", db_schema_name="rows_new")
        self._rows.commit()
        return total


def _compare(sent: list[float], server: "psycopg.Connection", table: Table) -> None:
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


def _sums(table: Table, checksum: str) -> str:
    texts = [f"coalesce(cast({name} as text), chr(1))" for name, kind in table.types.items() if _KINDS[kind] == _TEXT]
    row = " || chr(2) || ".join(texts) or "''"
    parts = ["count(*)", f"coalesce(sum({checksum.format(row)}), 0)"]
    parts += [f"count({name})" for name in _summed(table)]  # of texts the checksum knows what is missing
    return ", ".join([*parts, *(f"coalesce(sum({value}), 0)" for value in _summed(table).values())])


def _names(table: Table) -> list[str]:
    """Return what each of ``_sums`` is."""
    present = [f"{name} (present)" for name in _summed(table)]
    return ["rows", "texts (checksum)", *present, *(f"{name} (sum)" for name in _summed(table))]


def _summed(table: Table) -> dict[str, str]:
    """Return the columns that can be added up, and what of each is."""
    kinds = {name: _KINDS[kind] for name, kind in table.types.items()}
    return {
        name: f"cast({name} as integer)" if kind == _TRUTH else name for name, kind in kinds.items() if kind != _TEXT
    }
