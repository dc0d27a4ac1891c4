"""Would this file be accepted? The night's own reading and rules on one file, without a warehouse."""

import json
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.suite import load
from extract.bronze import extraction
from extract.bronze.bounds import reading_bounds
from extract.bronze.partition import table_path
from extract.bronze.views import connect
from extract.common.child import die_with_parent, start_module
from extract.definitions.forms import sources
from extract.definitions.vocabulary import NUMERIC_KINDS, measure_kinds, measure_names, stages_of_school_types
from extract.deliveries.tables import settle_deliveries
from extract.landing.ledger import Event
from extract.reading.parsed_file import ParsedFile, read_file, stated_year
from extract.reading.readers import open_grids
from extract.refusal import Finding, Refused, message
from publish.language import language, say

if TYPE_CHECKING:
    import duckdb

_OUT_OF_MEMORY = 3
_ANY_YEAR = 9999  # no year stated: held against the newest definitions


def check_file(file: Path, source: str, year: int | None, county: str | None) -> tuple[bool, list[str]]:
    """Return (accepted, lines to print in Chinese and English).

    The file is opened in a process of its own, within bounds: a hostile one ends only that.
    """
    request = json.dumps({"file": str(file.resolve()), "source": source, "year": year, "county": county})
    child = start_module("junheng.check_file", text=True, stderr=subprocess.PIPE)
    answer, errors = child.communicate(request)
    if child.returncode == 1:
        raise RuntimeError(errors.strip().splitlines()[-1]) from RuntimeError(errors)
    if child.returncode:
        return False, [
            f"{file.name}:",
            *_say(Finding("too_costly", found="memory" if child.returncode == _OUT_OF_MEMORY else "time")),
            _refused(),
        ]
    accepted, lines = json.loads(answer)
    return accepted, lines


def _check(file: Path, source: str, year: int | None, county: str | None) -> tuple[bool, list[str]]:
    if source not in sources():
        return False, _say(Finding("unknown_source", found=source, expected="、".join(sources())))
    parts = file.parts
    if len(parts) > 3 and parts[-4] in sources() and parts[-3].isdecimal():
        source, year, county = parts[-4], year or int(parts[-3]), county or parts[-2]
    with reading_bounds():
        content = file.read_bytes()
        year = year or _stated_year(content)
        reading = read_file(content, source, year, secrets.token_bytes(32))
    known = [
        reading.form.title_zh if reading.form else "",
        str(year) if year < _ANY_YEAR else "",
        reading.county_code or "",
        *reading.county_names,
    ]
    lines = [f"{file.name}: {' · '.join(filter(None, known)) or say('认不出的文件', 'not recognised')}"]
    if reading.findings:
        return False, lines + [line for f in reading.findings for line in _say(f)] + [_refused()]
    findings, refusals = _checks(reading, source, year, county or reading.county_code or "000000")
    lines += [line for f in refusals for line in _say(f)]
    for f in findings:
        mark = "!" if f["severity"] == "warn" else "×"
        place = f"{f['sheet'] or ''}!{f['cell']}" if f["cell"] else ""
        said = say(
            f"{f['message_zh']}处理办法：{f['how_to_fix_zh']}", f"{f['message_en']} How to fix: {f['how_to_fix_en']}"
        )
        lines.append(" ".join(filter(None, [mark, place, f["school_name"], said])))
    lines += _blanks(reading)
    set_aside = any(f["severity"] == "quarantine" for f in findings)
    rows = len([r for r in reading.parsed.rows if r[3] == "data"])
    accepted = (
        say(f"结论：接收，但有数据被隔离（{rows} 行）", f"Accepted, with values set aside ({rows} rows)")
        if set_aside
        else say(f"结论：接收（{rows} 行）", f"Accepted ({rows} rows)")
    )
    lines.append(_refused() if refusals else accepted)
    return not refusals and not set_aside, lines


def _blanks(reading: ParsedFile) -> list[str]:
    """Return the figures and words that are blank although the form asks for them: blank is not reported, never 0."""
    parsed, declared = reading.parsed, reading.form
    if declared is None:
        return []
    data = [i for i, kind in enumerate(parsed.kinds) if kind == "data"]
    unreadable = {(line, stage, measure) for line, stage, measure, _, problem in parsed.cell_issues if problem}
    types = (
        parsed.columns["all.school_type"].to_pylist()
        if "all.school_type" in parsed.columns
        else [None] * len(parsed.kinds)
    )
    lines = []
    for field in {
        f.figure: f
        for f in reversed(declared.fields)
        if f.measure
        and f.required in ("yes", "stage")
        and measure_kinds()[f.measure] in (*NUMERIC_KINDS, "word")
        and ".".join(f.figure) in parsed.columns
    }.values():
        cells = parsed.columns[".".join(field.figure)].to_pylist()
        asked = [
            i for i in data if field.required == "yes" or field.stage in stages_of_school_types().get(types[i], ())
        ]
        blank = [
            parsed.lines[i] for i in asked if cells[i] is None and (parsed.lines[i], *field.figure) not in unreadable
        ]
        if blank:
            zh, en = measure_names()[field.measure]
            name, stage = field.column or field.line or zh, "" if field.stage == "all" else f", {field.stage}"
            numbers = [str(line) for line in blank[:5]]
            where = (
                ""
                if blank == [0]
                else say(
                    f"：第 {'、'.join(numbers)} 行{' 等' if len(blank) > 5 else ''}，共 {len(blank)} 行",
                    f", lines {', '.join(numbers)}{' …' if len(blank) > 5 else ''} ({len(blank)} in all)",
                )
            )
            lines.append(
                say(
                    f"· “{name}”空着，算未填报，不算 0{where}。",
                    f"· {en}{stage} is blank: not reported, never 0{where}.",
                )
            )
    return lines


def _say(finding: Finding) -> list[str]:
    return [f"× {message(finding, language())}"]


def _refused() -> str:
    return say("结论：拒收", "Refused")


def _stated_year(content: bytes) -> int:
    """Return the year that the file's first lines state, else the newest that any form knows."""
    try:
        lines = [line for grid in open_grids(content) for line in grid.cells[:8]]
    except Refused:
        return _ANY_YEAR
    return stated_year(lines)[0] or _ANY_YEAR


def _checks(reading: ParsedFile, source: str, year: int, county: str) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Run the suite's bounds on this file alone; return (findings, reasons to refuse)."""
    from expectations import validation_rows
    from expectations.batches import build_batches
    from expectations.findings import find

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        extraction.write_empty(home)
        for name, table in reading.tables("file", source, year, "").items():
            pq.write_table(table, table_path(home, name, source, year, county[:2]))
        connection = connect(home)
        event = Event(
            1,
            1,
            "1970-01-01T00:00:00+00:00",
            "received",
            f"{source}/{year}/{county}/file",
            source,
            year,
            county,
            "file",
            0,
        )
        settle_deliveries(connection, [event], home)
        refused = connection.execute("select status, reason from deliveries").fetchall()[0]
        if refused[0] == "refused":
            return [], [
                Finding(
                    refused[1],
                    found=" ".join([reading.county_code or "", *reading.county_names]).strip(),
                    expected=county,
                )
            ]
        connection.execute("create table changed_counties as select distinct county_code from deliveries")
        validation_rows.find_contested(connection)
        connection.execute("create table breaches (suite varchar, check_id varchar, row_key varchar)")
        for suites in build_batches(connection):
            for suite in suites:
                _hold_against_bounds(connection, suite)
        return find(connection).to_pylist(), []


def _hold_against_bounds(connection: "duckdb.DuckDBPyConnection", suite: str) -> None:
    """Hold a batch against the bounds that its suite declares; add what lies outside to table ``breaches``."""
    checks = load(suite)
    connection.register(
        "bounds",
        pa.table(
            {
                "check_id": [c.id for c in checks],
                "low": pa.array([c.min_value for c in checks], pa.float64()),
                "high": pa.array([c.max_value for c in checks], pa.float64()),
            }
        ),
    )
    connection.execute(f"""
        insert into breaches
        select '{suite}', check_id, row_key
        from (unpivot batch_{suite} on * exclude (county_code, form, year, row_key) into name check_id value difference)
        inner join bounds using (check_id)
        where difference < low or difference > high
    """)


def _main() -> None:
    """Check the file named in the JSON on standard input; answer in JSON."""
    die_with_parent()
    request = json.loads(sys.stdin.readline())
    try:
        print(json.dumps(_check(Path(request.pop("file")), **request)))
    except MemoryError:
        sys.exit(_OUT_OF_MEMORY)


if __name__ == "__main__":
    _main()
