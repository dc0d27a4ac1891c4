"""Read the contents of one partition (source × year × area) and write its Parquet, one file per table."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extract.bronze.bounds import reading_bounds
from extract.common.atomic import replacing
from extract.common.place import place, read_parquet
from extract.landing.store import object_path, person_secret
from extract.reading.parsed_file import OWNER, PARSED_FILES, Contents, ParsedFile, read_file
from extract.reading.parsed_table import CELL_ISSUES, CELL_LOCATIONS, IGNORED, ROWS, lines_schema
from extract.refusal import Finding

_OF_ANY_SOURCE = {
    "cell_locations": pa.schema([*OWNER, *CELL_LOCATIONS]),
    "cell_issues": pa.schema([*OWNER, *CELL_ISSUES]),
    "rows": pa.schema([*OWNER, *ROWS]),
    "ignored": pa.schema([*OWNER, *IGNORED]),
    # Last: a partition counts as written once its readings name its files.
    "parsed_files": PARSED_FILES,
}


def schemas(source: str) -> dict[str, pa.Schema]:
    """Return table → schema of a source's partitions; its lines have a table of their own."""
    return {f"{source}_lines": pa.schema([*OWNER, *lines_schema(source)]), **_OF_ANY_SOURCE}


@dataclass
class Partition:
    """What to do for one partition.

    ``area`` is the first two digits of the county code. ``read`` lists the contents to read, ``keep`` those
    that stay as they are, ``crashing`` those that no reading process survived, with what it exceeded. ``shards`` are
    folders like bronze, where others have read some of ``read``.
    """

    store: str
    bronze: str
    definitions: str
    source: str
    year: int
    area: str
    read: list[str]
    keep: list[str]
    crashing: dict[str, str] = field(default_factory=dict)
    shards: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)

    def path(self, table: str) -> Path:
        """Return where a table of this partition lies."""
        return table_path(place(self.bronze), table, self.source, self.year, self.area)

    def beside(self, bronze: Path) -> "Partition":
        """Return the same contents to be read, into another folder."""
        return replace(self, bronze=str(bronze), keep=[], shards=[])

    def write(self, announce: Callable[[str], None]) -> None:
        """Read what is to be read, ``announce`` each content first and '' once all are read; then write every table.

        Contents are written in the order of their hashes: what came when leaves no trace.
        """
        tables = {name: [_kept(self.path(name), schema, self.keep)] for name, schema in schemas(self.source).items()}
        known: set[str] = set()
        for shard in map(self.beside, map(place, self.shards)):
            found = shard.known(set(self.read) - known)
            known |= found
            for name, schema in schemas(self.source).items():
                tables[name].append(_kept(shard.path(name), schema, sorted(found)))
        contents = Contents(self.source, self.year, self.definitions)
        for sha in (sha for sha in self.read if sha not in known):
            announce(sha)
            kept = kept_folder(place(self.store), sha)
            if kept.exists() and not object_path(place(self.store), sha).exists():
                for name, schema in schemas(self.source).items():
                    tables[name].append(self._kept_table(kept, name, schema))
            else:
                contents.add(sha, self._reading(sha))
        announce("")
        for name, table in contents.tables().items():
            tables[name].append(table)
        for name, parts in tables.items():
            whole = pa.concat_tables(parts).combine_chunks()
            with replacing(self.path(name)) as path:
                pq.write_table(
                    whole.take(pc.sort_indices(whole["file_sha256"])), path, compression="zstd", compression_level=1
                )

    def known(self, contents: set[str]) -> set[str]:
        """Return which of these contents the partition holds as read under its definitions."""
        if not self.path("parsed_files").exists():
            return set()
        read = read_parquet(self.path("parsed_files"), columns=["file_sha256", "definitions"]).to_pydict()
        return {sha for sha, under in zip(*read.values(), strict=True) if under == self.definitions} & contents

    def _kept_table(self, kept: Path, name: str, schema: pa.Schema) -> pa.Table:
        """Return what was read of a content before it was deleted, in the columns of today."""
        table = read_parquet(kept / kept_name(name, self.source, self.year))
        columns = [
            table[field.name].cast(field.type) if field.name in table.schema.names else pa.nulls(len(table), field.type)
            for field in schema
        ]
        table = pa.table(columns, schema=schema)
        if "definitions" in schema.names:
            read = pa.repeat(pa.scalar(self.definitions), len(table))
            table = table.set_column(schema.get_field_index("definitions"), "definitions", read)
        return table

    def _reading(self, sha: str) -> ParsedFile:
        if sha in self.crashing:
            return ParsedFile(findings=[Finding("too_costly", found=self.crashing[sha])])
        with reading_bounds():
            return read_file(
                object_path(place(self.store), sha).read_bytes(),
                self.source,
                self.year,
                person_secret(place(self.store)),
            )


def table_path(bronze: Path, table: str, source: str, year: int, area: str) -> Path:
    """Return where a bronze table of one partition lies."""
    return bronze / table / f"{source}_{year}_{area}.parquet"


def kept_folder(store: Path, file_sha256: str) -> Path:
    """Return where the rows of a content lie that was deleted after its time (``retention``)."""
    return store / "read" / file_sha256


def kept_name(table: str, source: str, year: int) -> str:
    """Return the file of such rows, of a bronze table and of where the content was delivered."""
    return f"{source}_{year}_{table}.parquet"


def _kept(path: Path, schema: pa.Schema, keep: list[str]) -> pa.Table:
    if not keep:
        return schema.empty_table()
    table = read_parquet(path)
    return table.filter(pc.is_in(table["file_sha256"], pa.array(keep)))
