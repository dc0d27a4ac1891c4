"""From batches to what each breach leads to: cells and rows set aside, findings, check results."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from expectations import frame
from expectations.gate import Breaches, Gate
from expectations.suite import SUITES, TOKEN, Check, load
from extract.files import replacing

if TYPE_CHECKING:
    import duckdb

FINDINGS = pa.schema(
    [
        *[pa.field(n, pa.string()) for n in ("source", "form")],
        pa.field("year", pa.int32()),
        *[pa.field(n, pa.string()) for n in ("county_code", "file_sha256")],
        pa.field("row", pa.int32()),
        *[pa.field(n, pa.string()) for n in ("school_id", "school_name", "check_id", "severity", "sheet", "cell", "found", "expected", "who_acts", "message_zh", "message_en", "how_to_fix_zh", "how_to_fix_en")],
    ]
)


def validate(connection: "duckdb.DuckDBPyConnection", run_folder: Path, gate: Gate, answers: Path, meanwhile: Callable[[], None]) -> None:
    """Check every batch and write findings, cells set aside and check counts to the run's folder.

    Args:
        connection: bronze views, and tables ``deliveries`` and ``set_aside``.
        run_folder: receives ``findings``, ``cells_set_aside`` and ``check_counts`` as Parquet.
        gate: the validation process.
        answers: where its answers are kept from night to night.
        meanwhile: done here while that process works.
    """
    batches = _write_batches(connection, run_folder / "batches")
    _write(run_folder / "findings.parquet", find(connection, gate.validate(batches, answers, meanwhile)))
    _write(run_folder / "cells_set_aside.parquet", connection.sql("from cells_set_aside order by all").to_arrow_table())
    _write(run_folder / "check_counts.parquet", _counts(connection, batches))


def find(connection: "duckdb.DuckDBPyConnection", breaches: dict[str, Breaches]) -> pa.Table:
    """Turn breached row keys into findings; leave table ``cells_set_aside`` on the connection.

    Args:
        connection: bronze views, tables ``deliveries`` and ``set_aside``, and the wide rows.
        breaches: batch ``<source>__<form>__<year>`` → check → row keys.

    Returns:
        One row per finding, schema ``FINDINGS``.
    """
    connection.execute("create or replace table findings (source varchar, form varchar, year integer, county_code varchar, file_sha256 varchar, row integer, check_id varchar, found varchar, expected varchar, stage varchar, measure varchar)")
    connection.execute("create or replace table cells_set_aside (source varchar, year integer, county_code varchar, file_sha256 varchar, row integer, stage varchar, measure varchar, check_id varchar)")
    for batch, checks in sorted(breaches.items()):
        source, form, year = batch.split("__")
        by_id = {c.id: c for c in load(source)}
        for check_id, keys in sorted(checks.items()):
            _record(connection, source, form, int(year), by_id[check_id], keys)
    return _described(connection)


def _write_batches(connection: "duckdb.DuckDBPyConnection", folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    sources = connection.execute("select distinct source from deliveries where status in ('in_force', 'replaced') order by 1").fetchall()
    for (source,) in sources:
        if not (SUITES / f"{source}.yml").exists():
            continue
        frame.build_rows(connection, source)
        batches = connection.execute(f"select distinct form, year from wide_{source} order by all").fetchall()
        for form, year in batches:
            _write(folder / f"{source}__{form}__{year}.parquet", frame.build_batch(connection, source, form, year))
    connection.execute(_CONTROL_TOTALS)
    for (year,) in connection.execute("select distinct year from wide_census_totals order by 1").fetchall():
        table = connection.sql(f"select row_key, round(control - computed, 2) as list_total_equals_column from wide_census_totals where year = {year} order by 1").to_arrow_table()
        _write(folder / f"census_totals__census_list__{year}.parquet", table)
    return sorted(folder.glob("*.parquet"))


_CONTROL_TOTALS = """
    create or replace table wide_census_totals as
    with current_files as (
        select distinct source, year, county_code, file_sha256 from deliveries
        where source = 'census' and form = 'census_list' and status in ('in_force', 'replaced')
    ),
    numbers as (
        select f.county_code, c.year, c.file_sha256, c.stage, c.measure,
            sum(c.number) filter (r.kind = 'total') as control,
            sum(c.number) filter (r.kind = 'data' and c.problem is null) as computed,
            any_value(c.row) filter (r.kind = 'total') as row
        from current_files as f
        inner join cells as c using (source, year, file_sha256)
        inner join (select distinct source, year, file_sha256, row, kind from rows) as r using (source, year, file_sha256, row)
        where c.number is not null and c.measure <> 'year_built'
        group by all
    )
    select county_code || '|' || file_sha256 || '|' || row || '|' || stage || '.' || measure as row_key, *
    from numbers where control is not null
"""


def _record(connection: "duckdb.DuckDBPyConnection", source: str, form: str, year: int, check: Check, keys: list[str]) -> None:
    parts = [key.split("|") for key in keys]
    breached = pa.table({"county_code": [p[0] for p in parts], "file_sha256": [p[1] for p in parts], "row": pa.array([int(p[2]) for p in parts], pa.int32()), "measure_key": [p[3] if len(p) > 3 else "" for p in parts]})
    connection.register("breached", breached)
    here = f"'{source.removesuffix('_totals')}', '{form}', {year}"
    if source == "census_totals":
        connection.execute(f"""
            insert into findings select {here}, county_code, file_sha256, row, '{check.id}', cast(control as varchar), cast(round(computed, 2) as varchar), stage, measure
            from wide_census_totals inner join breached using (county_code, file_sha256, row) where stage || '.' || measure = measure_key
        """)
    elif check.problem:
        cells = f"""
            from breached as b inner join cells as c
                on c.source = '{source}' and c.year = {year} and c.file_sha256 = b.file_sha256 and c.row = b.row and c.problem = '{check.problem}'
        """
        connection.execute(f"insert into findings select {here}, b.county_code, b.file_sha256, b.row, '{check.id}', coalesce(c.raw_text, cast(c.number as varchar), ''), null, c.stage, c.measure {cells}")
        connection.execute(f"insert into cells_set_aside select '{source}', {year}, b.county_code, b.file_sha256, b.row, c.stage, c.measure, '{check.id}' {cells}")
    else:
        focus = TOKEN.search(check.difference)
        stage, measure = (f"'{focus.group(2)}'", f"'{focus.group(3)}'") if focus else ("'all'", "'school_id'")
        connection.execute(f"""
            insert into findings select {here}, w.county_code, w.file_sha256, w.row, '{check.id}', w.found, w.expected, {stage}, {measure}
            from ({frame.breaches_sql(source, check)}) as w
            inner join breached as b using (county_code, file_sha256, row) where w.year = {year} and w.form = '{form}'
        """)
        if check.severity == "quarantine":
            _set_aside(connection, source, year, check)


def _set_aside(connection: "duckdb.DuckDBPyConnection", source: str, year: int, check: Check) -> None:
    start = f"insert into cells_set_aside select '{source}', {year}, b.county_code, b.file_sha256, b.row"
    if "row" in check.quarantines:
        connection.execute(f"{start}, null, null, '{check.id}' from breached as b")
        return
    patterns = ["(c.stage = '{}' and c.measure like '{}' escape '\\')".format(*p.replace("_", r"\_").replace("*", "%").split(".")) for p in check.quarantines]
    connection.execute(f"""
        {start}, c.stage, c.measure, '{check.id}' from breached as b
        inner join cells as c on c.source = '{source}' and c.year = {year} and c.file_sha256 = b.file_sha256 and c.row = b.row
            and ({" or ".join(patterns)}) and (c.number is not null or c.text is not null or c.problem is not null)
    """)


def _described(connection: "duckdb.DuckDBPyConnection") -> pa.Table:
    """Return the findings with their place, their school, and the words for a person."""
    found = connection.sql("""
        select f.*, p.sheet,
            case when p.column_letter is not null then p.column_letter || coalesce(p.line, f.row) end as cell,
            s.school_id, s.school_name
        from findings as f
        left join places as p using (source, year, file_sha256, stage, measure)
        left join (
            select source, year, file_sha256, row,
                any_value(coalesce(text, raw_text)) filter (measure = 'school_id') as school_id,
                any_value(text) filter (measure in ('school_name', 'metric_name_zh')) as school_name
            from cells where measure in ('school_id', 'school_name', 'metric_name_zh')
                and file_sha256 in (select file_sha256 from findings)
            group by all
        ) as s using (source, year, file_sha256, row)
        order by all
    """).to_arrow_table()
    checks = {c.id: c for source in sorted(p.stem for p in SUITES.glob("*.yml")) for c in load(source)}
    rows = []
    for row in found.to_pylist():
        check = checks[row["check_id"]]
        facts = {"found": row["found"] or "", "expected": row["expected"] or "", "column": f"{row['stage']}.{row['measure']}"}
        rows.append({
            **{k: row[k] for k in FINDINGS.names if k in row},
            "severity": check.severity,
            "who_acts": check.who_acts,
            "message_zh": check.zh.format(**facts),
            "message_en": check.en.format(**facts),
            "how_to_fix_zh": check.fix_zh,
            "how_to_fix_en": check.fix_en,
        })
    return pa.Table.from_pylist(rows, FINDINGS)


def _counts(connection: "duckdb.DuckDBPyConnection", batches: list[Path]) -> pa.Table:
    """Return how often each check looked at something, per form, year and county."""
    parts = []
    for path in batches:
        source, form, year = path.stem.split("__")
        severities = {c.id: c.severity for c in load(source)}
        connection.register("severities", pa.table({"check_id": list(severities), "severity": list(severities.values()), "who_acts": [c.who_acts for c in load(source)]}))
        parts.append(connection.sql(f"""
            select '{source.removesuffix("_totals")}' as source, '{form}' as form, cast({year} as integer) as year, county_code, check_id, severity, who_acts, cast(count(difference) as integer) as n_checked
            from (
                unpivot (select split_part(row_key, '|', 1) as county_code, * exclude (row_key) from read_parquet('{path.as_posix()}'))
                on * exclude (county_code) into name check_id value difference
            ) inner join severities using (check_id)
            group by all order by all
        """).to_arrow_table())
    schema = pa.schema([("source", pa.string()), ("form", pa.string()), ("year", pa.int32()), ("county_code", pa.string()), ("check_id", pa.string()), ("severity", pa.string()), ("who_acts", pa.string()), ("n_checked", pa.int32())])
    return pa.concat_tables([p.cast(schema) for p in parts]) if parts else schema.empty_table()


def _write(path: Path, table: pa.Table) -> None:
    with replacing(path) as partial:
        pq.write_table(table, partial, compression="zstd")


