"""The night's extraction: read what is new, keep what is known, one Parquet set per source, year and area."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq

from extract.bronze.partition import Partition
from extract.bronze.processes import write_partitions
from extract.bronze.views import tables
from extract.common.atomic import replacing
from extract.common.place import read_parquet, remove
from extract.definitions.forms import definitions_digest, measures_of_source
from extract.landing.ledger import Event
from extract.landing.store import person_secret


def extract(
    events: Iterable[Event],
    store: Path,
    bronze: Path,
    full: bool,
    progress: Callable[[int, int], None],
    shards: Iterable[Path] = (),
) -> int:
    """Read every delivered content not read yet under the present definitions.

    Args:
        events: the ledger.
        store: where contents are kept.
        bronze: where the typed lines go.
        full: read everything again.
        progress: called with (files read, files to read).
        shards: where others have read some of it (``extract_shard``); what is found there is not read again.

    Returns:
        The number of files read.
    """
    write_empty(bronze)
    partitions = _to_write(events, store, bronze, full)
    for partition in partitions:
        partition.shards = [str(shard) for shard in shards if partition.beside(shard).path("parsed_files").exists()]
    total = sum(len(p.read) for p in partitions)
    if partitions:
        write_partitions(partitions, lambda done: progress(done, total))
    return total


def extract_shard(
    events: Iterable[Event],
    store: Path,
    bronze: Path,
    shard: Path,
    full: bool,
    progress: Callable[[int, int], None],
) -> int:
    """Read a share of the contents into a folder of its own, for ``extract`` to find; return how many were read.

    Args:
        events: of the contents of this share.
        store: where contents are kept.
        bronze: what is known there need not be read, unless ``full``.
        shard: where the typed lines go, laid out as bronze is. What an earlier try finished is not read again.
        full: read everything again.
        progress: called with (files read, files to read).
    """
    wanted = _to_write(events, store, bronze, full)
    partitions = []
    for partition in wanted:
        own = partition.beside(shard)
        own.keep = sorted(own.known(set(own.read)))
        own.read = sorted(set(own.read) - set(own.keep))
        if own.read:
            partitions.append(own)
    total = sum(len(p.read) for p in partitions)
    if partitions:
        write_partitions(partitions, lambda done: progress(done, total))
    return total


def write_empty(bronze: Path) -> None:
    """Write an empty file per table, so that each has its columns before anything is delivered.

    Tables that an earlier version kept under other names go.
    """
    for folder in bronze.glob("*/"):
        if folder.name not in tables():
            remove(folder)
    for name, schema in tables().items():
        # Named so that it is listed last: how many rows there are is guessed from the first file.
        path = bronze / name / "zero.parquet"
        if not path.exists() or read_parquet(path).schema != schema:
            with replacing(path) as partial:
                pq.write_table(schema.empty_table(), partial)


def _to_write(events: Iterable[Event], store: Path, bronze: Path, full: bool) -> list[Partition]:
    """Return the partitions that lack a content. A content belongs to where it was received first."""
    key = sha256(person_secret(store)).hexdigest()[:8]
    area_of: dict[tuple[str, int, str], str] = {}
    for event in events:
        if event.event == "received" and event.year:
            area_of.setdefault((event.source, event.year, event.file_sha256), event.county_code[:2])
    wanted: dict[tuple[str, int, str], set[str]] = {}
    for (source, year, sha), area in area_of.items():
        wanted.setdefault((source, year, area), set()).add(sha)
    partitions = []
    for (source, year, area), contents in sorted(wanted.items()):
        # What is read of persons depends on the installation's key as well.
        digest = definitions_digest(source)
        definitions = f"{digest}-{key}" if ("all", "person") in measures_of_source(source) else digest
        partition = Partition(str(store), str(bronze), definitions, source, year, area, [], [])
        kept = set() if full else partition.known(contents)
        if contents - kept:
            partition.read, partition.keep = sorted(contents - kept), sorted(kept)
            partitions.append(partition)
    return partitions
