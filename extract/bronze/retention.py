"""Delivered registers of persons go after their time; what was read of them stays, so no figure changes.

``store/read/<sha256>/`` keeps a content's rows of every bronze table, ``store/expired.jsonl`` a line per content. A
content that is delivered once more is kept anew, for as long.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extract.bronze.partition import kept_folder, kept_name, schemas, table_path
from extract.common.atomic import add_line, replacing
from extract.common.place import is_remote, read_parquet, remove
from extract.definitions.forms import declaration, sources
from extract.landing.ledger import Event
from extract.landing.store import object_path

_Key = tuple[str, int, str]  # source, year, area


def expire(events: Iterable[Event], store: Path, bronze: Path, received_before: str, at: str) -> int:
    """Delete the contents that hold persons and were last received before a moment.

    Args:
        events: the ledger.
        store: where contents are kept.
        bronze: what was read of them.
        received_before: a moment, ISO 8601 in UTC.
        at: the moment of this run, the same way, for the record.

    Returns:
        The number of contents deleted.
    """
    for left in (store / "read").glob(".*.partial"):
        remove(left)
    last_received: dict[str, str] = {}
    keys: dict[str, dict[_Key, None]] = {}
    area_of: dict[tuple[str, int, str], str] = {}
    for event in events:
        if event.event == "received":
            last_received[event.file_sha256] = max(event.at, last_received.get(event.file_sha256, ""))
            area = area_of.setdefault((event.source, event.year, event.file_sha256), event.county_code[:2])
            keys.setdefault(event.file_sha256, {})[event.source, event.year, area] = None
    due = [
        sha
        for sha, last in sorted(last_received.items())
        if last < received_before and object_path(store, sha).exists() and _holds_persons(sha, keys[sha], bronze)
    ]
    for sha in due:
        _keep_what_was_read(sha, keys[sha], store, bronze)
        line = {"file_sha256": sha, "last_received_at": last_received[sha], "expired_at": at}
        _record(store, sha, json.dumps(line))
        object_path(store, sha).unlink()
    return len(due)


def _record(store: Path, sha: str, line: str) -> None:
    if is_remote(store):
        with replacing(store / "expired" / f"{sha}.json") as partial:
            partial.write_text(line)
    else:
        add_line(store / "expired.jsonl", line)


def _holds_persons(sha: str, keys: Iterable[_Key], bronze: Path) -> bool:
    """Tell whether a content is a register wherever it was delivered; one that nobody could read may be one."""
    return all(not year or _is_register(sha, source, year, area, bronze) for source, year, area in keys)


def _is_register(sha: str, source: str, year: int, area: str, bronze: Path) -> bool:
    registers = {form for form in sources()[source] if declaration(form).is_register_of_persons}
    if not registers:
        return False
    forms = _rows(table_path(bronze, "parsed_files", source, year, area), sha)["form"].to_pylist()
    return bool(forms) and forms[0] in {None, *registers}


def _keep_what_was_read(sha: str, keys: Iterable[_Key], store: Path, bronze: Path) -> None:
    folder = kept_folder(store, sha)
    remove(folder)  # a run was killed before it deleted the content
    # In an object store nothing is renamed: what is there counts once the content is deleted.
    partial = folder if is_remote(store) else folder.with_name(f".{sha}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    for source, year, area in keys:
        for table in schemas(source) if year else ():
            rows = _rows(table_path(bronze, table, source, year, area), sha)
            with replacing(partial / kept_name(table, source, year)) as file:
                pq.write_table(rows, file, compression="zstd")
    if partial != folder:
        partial.replace(folder)


def _rows(path: Path, sha: str) -> pa.Table:
    table = read_parquet(path)
    return table.filter(pc.equal(table["file_sha256"], sha))
