"""Settle the ledger against the readings and write what became of each delivery."""

import datetime as dt
import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from extract.common.atomic import replacing
from extract.definitions.forms import load_form, sources
from extract.deliveries.comparison import BronzeComparison
from extract.deliveries.rules import Content, Contents, Outcome, settle
from extract.landing.ledger import Event
from extract.landing.scan import belonging
from extract.refusal import Finding, blocked, catalogue, message

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
        ("named_source", pa.string()),  # of a misplaced file: what its path names; else the folder's
        ("named_year", pa.int32()),
        ("named_county_code", pa.string()),
        ("file_sha256", pa.string()),
        ("form", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("who_acts", pa.string()),
        ("message_zh", pa.string()),
        ("message_en", pa.string()),
        ("is_open", pa.bool_()),  # refused, and nothing later has taken its place
        ("is_file_of_unknown_school", pa.bool_()),
        ("is_of_another_county", pa.bool_()),
        ("shows_delivery", pa.bool_()),  # the county has begun to deliver
    ]
)
SUPERSEDED_SCHOOLS = pa.schema(
    [
        ("year", pa.int32()),
        ("county_code", pa.string()),
        ("file_sha256", pa.string()),
        ("school_id", pa.string()),
        ("reason", pa.string()),
    ]
)
# The ledger, and since when each of its batches is known: it never decreases from batch to batch, whatever dates
# receipts were given.
LEDGER = pa.schema(
    [
        ("seq", pa.int64()),
        ("batch", pa.int32()),
        ("known_at", pa.timestamp("us")),
        ("event", pa.string()),
        ("path", pa.string()),
        ("source", pa.string()),
        ("year", pa.int32()),
        ("county_code", pa.string()),
        ("file_sha256", pa.string()),
        ("note", pa.string()),
    ]
)
NEW_COUNTIES = pa.schema([("county_code", pa.string()), ("name_zh", pa.string())])


# The rows, by file and line, that an accepted correction replaces.
_CORRECTED_ROWS = """
    select distinct l."all.corrected_file_sha256" as file_sha256, cast(l."all.corrected_row" as integer) as row
    from deliveries_arrow as d
    inner join census_lines as l on d.year = l.year and d.file_sha256 = l.file_sha256
    where d.form = 'census_correction' and d.status in ('in_force', 'replaced')
        and l."all.corrected_file_sha256" is not null and l."all.corrected_row" is not null
    order by all
"""


def settle_deliveries(connection: "duckdb.DuckDBPyConnection", events: list[Event], run_folder: Path) -> None:
    """Replay the ledger; leave its tables in the connection and as Parquet in the run's folder.

    They are ``deliveries``, ``superseded_schools``, ``new_counties``, ``ledger`` and ``corrected_rows``.
    """
    records = (
        connection.sql(
            "select source, year, file_sha256, form, findings, school_id, county_code, county_names from parsed_files"
        )
        .to_arrow_table()
        .to_pylist()
    )
    contents = {(r["source"], r["year"], r["file_sha256"]): _content(r) for r in records}
    settlement = settle(events, contents, BronzeComparison(connection))
    unmended = _open(settlement.outcomes, contents)
    tables = {
        "deliveries": pa.Table.from_pylist(
            [_row(o, contents, o.event.seq in unmended) for o in settlement.outcomes], DELIVERIES
        ),
        "superseded_schools": pa.Table.from_pylist(
            [
                dict(zip(SUPERSEDED_SCHOOLS.names, (*key, reason), strict=True))
                for key, reason in sorted(settlement.superseded_schools.items())
            ],
            SUPERSEDED_SCHOOLS,
        ),
        "ledger": pa.Table.from_pylist(_known(events), LEDGER),
        "new_counties": pa.Table.from_pylist(
            [{"county_code": c, "name_zh": n} for c, n in sorted(settlement.new_counties.items())], NEW_COUNTIES
        ),
    }
    connection.register("deliveries_arrow", tables["deliveries"])
    tables["corrected_rows"] = connection.sql(_CORRECTED_ROWS).to_arrow_table()
    for name, table in tables.items():
        connection.register(f"{name}_arrow", table)
        connection.execute(f"create or replace table {name} as from {name}_arrow")
        with replacing(run_folder / f"{name}.parquet") as path:
            pq.write_table(table, path, compression="zstd")


def _known(events: list[Event]) -> list[dict[str, Any]]:
    known_at: dict[int, dt.datetime] = {}
    for event in events:
        at = dt.datetime.fromisoformat(event.at).astimezone(dt.UTC).replace(tzinfo=None)
        known_at[event.batch] = max(at, known_at.get(event.batch, at), known_at.get(event.batch - 1, at))
    return [
        {"known_at": known_at[e.batch], **{name: getattr(e, name) for name in LEDGER.names if name != "known_at"}}
        for e in events
    ]


def _content(record: dict[str, Any]) -> Content:
    findings = tuple(Finding(**f) for f in json.loads(record["findings"]))
    return Content(record["form"], findings, record["school_id"], record["county_code"], tuple(record["county_names"]))


def _open(outcomes: list[Outcome], contents: Contents) -> set[int]:
    """Return refused receipts still to be mended.

    A refusal is mended by anything later at its path; by the same bytes accepted in another place; by a later delivery
    accepted for the same subject: the workbook's school, the county's list. A table of another source of which nobody
    can tell which it was is mended once every table of that source has come. What is no table at all needs no mending.
    """
    last_at_path = {o.event.path: o.event.seq for o in outcomes}
    taken = [o for o in outcomes if o.status in ("in_force", "replaced", "duplicate")]
    accepted = {_subject(o, contents): o.event.seq for o in taken if o.status != "duplicate"}
    bytes_taken = {o.event.file_sha256 for o in taken}
    forms_taken: dict[tuple[Any, ...], set[str | None]] = defaultdict(set)
    for o in taken:
        forms_taken[_folder(o.event)].add(contents[o.event.source, o.event.year, o.event.file_sha256].form)
    return {
        o.event.seq
        for o in outcomes
        if o.status == "refused"
        and last_at_path[o.event.path] == o.event.seq
        and o.event.file_sha256 not in bytes_taken
        and accepted.get(_subject(o, contents), 0) < o.event.seq
        and not any(catalogue()[f.code].get("holds_nothing") for f in o.findings)
        and not _is_made_up_for(o, contents, forms_taken)
    }


def _is_made_up_for(outcome: Outcome, contents: Contents, forms_taken: dict[tuple[Any, ...], set[str | None]]) -> bool:
    """Tell whether a file of an unknown form can be none that is still wanted of its source, year and county."""
    event = outcome.event
    content = contents.get((event.source, event.year, event.file_sha256))
    if event.source in ("census", "") or (content and content.form):
        return False
    return forms_taken[_folder(event)] >= {
        name for name in sources().get(event.source, ()) if load_form(name, event.year)
    }


def _folder(event: Event) -> tuple[str, int, str]:
    return event.source, event.year, event.county_code


def _subject(outcome: Outcome, contents: Contents) -> tuple[Any, ...]:
    """Return what a delivery is about; if the subject is unknown, the file is its own subject."""
    event = outcome.event
    content = contents.get((event.source, event.year, event.file_sha256))
    if content is None or not content.form or (content.form == "census_workbook" and not content.school_id):
        return ("file", event.seq)
    return event.source, event.year, event.county_code, content.form, content.school_id


def _may_hide_a_school(outcome: Outcome, contents: Contents) -> bool:
    content = contents.get((outcome.event.source, outcome.event.year, outcome.event.file_sha256))
    known = content is not None and content.school_id
    return (
        outcome.event.source == "census"
        and not known
        and any(catalogue()[f.code].get("may_hide_a_school") for f in outcome.findings)
    )


def _row(outcome: Outcome, contents: Contents, is_open: bool) -> dict[str, Any]:
    event, findings = outcome.event, outcome.findings
    content = contents.get((event.source, event.year, event.file_sha256))
    # A misplaced file stands with the source, year and county that its path names.
    source, year, county = _folder(event) if event.year else belonging(event.path)
    is_unknown = _may_hide_a_school(outcome, contents)
    return {
        "seq": event.seq,
        "batch": event.batch,
        "received_at": event.at,
        "path": event.path,
        "file_name": event.file_name,
        "source": event.source,
        "year": event.year,
        "county_code": event.county_code,
        "named_source": source,
        "named_year": year,
        "named_county_code": county,
        "file_sha256": event.file_sha256,
        "form": content.form if content else None,
        "status": outcome.status,
        "reason": findings[0].code if findings else ("withdrawn" if outcome.status == "withdrawn" else None),
        "who_acts": catalogue()[findings[0].code]["who_acts"] if findings else None,
        "message_zh": _said(findings, source, is_unknown, "zh"),
        "message_en": _said(findings, source, is_unknown, "en"),
        "is_open": is_open,
        "is_file_of_unknown_school": is_open and is_unknown,
        "is_of_another_county": bool(findings and catalogue()[findings[0].code].get("of_another_county")),
        "shows_delivery": not (findings and catalogue()[findings[0].code].get("shows_no_delivery")),
    }


def _said(findings: tuple[Finding, ...], source: str, is_unknown_school: bool, language: str) -> str | None:
    """Return what is wrong, how to mend it, and what it blocks until then."""
    if not findings:
        return None
    return "\n".join(
        filter(
            None, [*(message(f, language) for f in findings), blocked(findings[0], source, is_unknown_school, language)]
        )
    )
