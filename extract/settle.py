"""Settle the ledger against the readings and write what became of each delivery."""

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from extract.comparison import BronzeComparison
from extract.deliveries import Content, Outcome, settle
from extract.files import replacing
from extract.landing import Event
from extract.refusal import Finding, catalogue, message

if TYPE_CHECKING:
    import duckdb

DELIVERIES = pa.schema(
    [
        ("seq", pa.int64()),
        ("batch", pa.int32()),
        ("received_at", pa.string()),
        ("path", pa.string()),
        ("file_name", pa.string()),
        ("source", pa.string()),
        ("year", pa.int32()),
        ("county_code", pa.string()),
        ("file_sha256", pa.string()),
        ("form", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("who_acts", pa.string()),
        ("message_zh", pa.string()),
        ("message_en", pa.string()),
        ("is_open", pa.bool_()),  # refused, and nothing later has taken its place
        ("is_file_of_unknown_school", pa.bool_()),
    ]
)
SET_ASIDE = pa.schema([("year", pa.int32()), ("county_code", pa.string()), ("file_sha256", pa.string()), ("school_id", pa.string()), ("reason", pa.string())])
# The ledger, and since when each of its batches is known: time does not run backwards, whatever dates receipts were given.
LEDGER = pa.schema([("seq", pa.int64()), ("batch", pa.int32()), ("known_at", pa.timestamp("us")), ("event", pa.string()), ("path", pa.string()), ("county_code", pa.string()), ("note", pa.string())])
NEW_COUNTIES = pa.schema([("county_code", pa.string()), ("name_zh", pa.string())])


# The rows, by file and line, that an accepted correction speaks for.
_CORRECTED_ROWS = """
    select distinct l."all.corrected_file_sha256" as file_sha256, cast(l."all.corrected_row" as integer) as row
    from deliveries_arrow as d
    inner join census_lines as l on d.year = l.year and d.file_sha256 = l.file_sha256
    where d.form = 'census_correction' and d.status in ('in_force', 'replaced')
        and l."all.corrected_file_sha256" is not null and l."all.corrected_row" is not null
    order by all
"""


def settle_deliveries(connection: "duckdb.DuckDBPyConnection", events: list[Event], run_folder: Path) -> None:
    """Replay the ledger; leave tables ``deliveries``, ``set_aside``, ``new_counties``, ``ledger`` and their Parquet."""
    records = connection.sql("select source, year, file_sha256, form, findings, school_id, county_code, county_names from readings").to_arrow_table().to_pylist()
    contents = {(r["source"], r["year"], r["file_sha256"]): _content(r) for r in records}
    settlement = settle(events, contents, BronzeComparison(connection))
    unmended = _open(settlement.outcomes, contents)
    tables = {
        "deliveries": pa.Table.from_pylist([_row(o, contents, o.event.seq in unmended) for o in settlement.outcomes], DELIVERIES),
        "set_aside": pa.Table.from_pylist([dict(zip(SET_ASIDE.names, (*key, reason), strict=True)) for key, reason in sorted(settlement.set_aside.items())], SET_ASIDE),
        "ledger": pa.Table.from_pylist(_known(events), LEDGER),
        "new_counties": pa.Table.from_pylist([{"county_code": c, "name_zh": n} for c, n in sorted(settlement.new_counties.items())], NEW_COUNTIES),
    }
    connection.register("deliveries_arrow", tables["deliveries"])
    tables["corrected_rows"] = connection.sql(_CORRECTED_ROWS).to_arrow_table()
    for name, table in tables.items():
        connection.register(f"{name}_arrow", table)
        connection.execute(f"create or replace table {name} as from {name}_arrow")
        with replacing(run_folder / f"{name}.parquet") as path:
            pq.write_table(table, path, compression="zstd")


def _known(events: list[Event]) -> list[dict]:
    known_at: dict[int, dt.datetime] = {}
    for event in events:
        at = dt.datetime.fromisoformat(event.at).astimezone(dt.UTC).replace(tzinfo=None)
        known_at[event.batch] = max(at, known_at.get(event.batch, at), known_at.get(event.batch - 1, at))
    return [{"seq": e.seq, "batch": e.batch, "known_at": known_at[e.batch], "event": e.event, "path": e.path, "county_code": e.county_code, "note": e.note} for e in events]


def _content(record: dict) -> Content:
    findings = tuple(Finding(**f) for f in json.loads(record["findings"]))
    return Content(record["form"], findings, record["school_id"], record["county_code"], tuple(record["county_names"]))


def _open(outcomes: list[Outcome], contents: dict[tuple, Content]) -> set[int]:
    """Return refused receipts still to be mended.

    A refusal is mended by anything later at its path, or by a later delivery accepted for the same
    subject: the workbook's school, the county's list.
    """
    last_at_path = {o.event.path: o.event.seq for o in outcomes}
    accepted = {_subject(o, contents): o.event.seq for o in outcomes if o.status in ("in_force", "replaced")}
    return {
        o.event.seq
        for o in outcomes
        if o.status == "refused" and last_at_path[o.event.path] == o.event.seq and accepted.get(_subject(o, contents), 0) < o.event.seq
    }


def _subject(outcome: Outcome, contents: dict[tuple, Content]) -> tuple:
    """Return what a delivery is about; a file of which that can't be told is about itself."""
    event = outcome.event
    content = contents.get((event.source, event.year, event.file_sha256))
    if content is None or not content.form or (content.form == "census_workbook" and not content.school_id):
        return ("file", event.seq)
    return event.source, event.year, event.county_code, content.form, content.school_id


def _may_hide_a_school(outcome: Outcome, contents: dict[tuple, Content]) -> bool:
    content = contents.get((outcome.event.source, outcome.event.year, outcome.event.file_sha256))
    known = content is not None and content.school_id
    return outcome.event.source == "census" and not known and any(catalogue()[f.code].get("may_hide_a_school") for f in outcome.findings)


def _row(outcome: Outcome, contents: dict[tuple, Content], is_open: bool) -> dict:
    event, findings = outcome.event, outcome.findings
    content = contents.get((event.source, event.year, event.file_sha256))
    return {
        "seq": event.seq,
        "batch": event.batch,
        "received_at": event.at,
        "path": event.path,
        "file_name": event.file_name,
        "source": event.source,
        "year": event.year,
        "county_code": event.county_code,
        "file_sha256": event.file_sha256,
        "form": content.form if content else None,
        "status": outcome.status,
        "reason": findings[0].code if findings else ("withdrawn" if outcome.status == "withdrawn" else None),
        "who_acts": catalogue()[findings[0].code]["who_acts"] if findings else None,
        "message_zh": "\n".join(message(f, "zh") for f in findings) or None,
        "message_en": "\n".join(message(f, "en") for f in findings) or None,
        "is_open": is_open,
        "is_file_of_unknown_school": is_open and _may_hide_a_school(outcome, contents),
    }
