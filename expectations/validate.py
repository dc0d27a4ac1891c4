"""From batches to what each breach leads to: cells and rows set aside, findings, check results."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from expectations import frame
from expectations.check import Check
from expectations.gate import Gate
from expectations.plausible import BILINGUAL
from expectations.suite import TOKEN, load
from extract.files import replacing
from extract.forms import measure_kinds, measure_names, measures_of_source, sources, spellings

if TYPE_CHECKING:
    import duckdb

FINDINGS = pa.schema(
    [
        *[pa.field(n, pa.string()) for n in ("source", "form")],
        pa.field("year", pa.int32()),
        *[pa.field(n, pa.string()) for n in ("county_code", "file_sha256")],
        pa.field("row", pa.int32()),
        *[
            pa.field(n, pa.string())
            for n in (
                "school_id",
                "school_name",
                "check_id",
                "severity",
                "sheet",
                "cell",
                "found",
                "expected",
                "who_acts",
                "message_zh",
                "message_en",
                "how_to_fix_zh",
                "how_to_fix_en",
            )
        ],
    ]
)


def validate(
    connection: "duckdb.DuckDBPyConnection",
    run_folder: Path,
    base: Path | None,
    gate: Gate,
    meanwhile: Callable[[], None],
) -> None:
    """Check every row of the changed counties; write findings and cells set aside to the run's folder.

    Leaves tables ``findings_described``, ``cells_set_aside`` and ``check_counts`` of the changed counties.

    Args:
        connection: bronze views, tables ``deliveries``, ``set_aside``, ``changed_counties`` and ``contested_census``.
        run_folder: receives ``findings`` and ``cells_set_aside`` of all counties as Parquet.
        base: folder of the run that what is said of the other counties is taken from.
        gate: the validation process.
        meanwhile: done here while that process works.
    """
    gate.validate(connection, build_batches(connection), run_folder / "batches", meanwhile)
    connection.register("findings_described", find(connection))
    for table, name in (("findings_described", "findings"), ("cells_set_aside", "cells_set_aside")):
        kept = (
            f"union all from read_parquet('{(base / name).as_posix()}.parquet') where county_code not in (from "
            "changed_counties)"
            if base
            else ""
        )
        with replacing(run_folder / f"{name}.parquet") as partial:
            pq.write_table(
                connection.sql(f"from (from {table} {kept}) order by all").to_arrow_table(), partial, compression="zstd"
            )


def build_batches(connection: "duckdb.DuckDBPyConnection") -> list[str]:
    """Create a table ``batch_<suite>`` for each suite with something to check; count what each check looks at; return
    the suites.
    """
    connection.execute(
        "create or replace table check_counts (source varchar, form varchar, year integer, county_code varchar, "
        "check_id varchar, severity varchar, who_acts varchar, n_checked integer)"
    )
    delivered = connection.execute(
        "select distinct source from deliveries where status in ('in_force', 'replaced') and county_code in (from "
        "changed_counties) order by 1"
    ).fetchall()
    suites = [source for (source,) in delivered]
    frame.load_seeds(connection)
    frame.find_sizes(connection)
    frame.find_listed_schools(connection)
    for source in suites:
        frame.build_rows(connection, source)
        frame.build_batch(connection, source)
    if "census" in suites:
        connection.execute(_control_totals())
        connection.execute("""
            create or replace table batch_census_totals as
            select county_code, 'census_list' as form, year, row_key,
                round(control - computed, 2) as list_total_equals_column
            from frame_census_totals
        """)
        suites.append("census_totals")
    for suite in suites:
        _count(connection, suite)
    return suites


def find(connection: "duckdb.DuckDBPyConnection") -> pa.Table:
    """Turn table ``breaches`` (suite, check_id, row_key) into findings; leave table ``cells_set_aside`` on the
    connection.

    Expects the bronze views, tables ``deliveries`` and ``set_aside``, and the frames.

    Returns:
        One row per finding, schema ``FINDINGS``.
    """
    connection.execute(
        "create or replace table findings (source varchar, form varchar, year integer, county_code varchar, "
        "file_sha256 varchar, row integer, check_id varchar, found varchar, expected varchar, stage varchar, "
        "measure varchar)"
    )
    connection.execute(
        "create or replace table cells_set_aside (source varchar, year integer, county_code varchar, file_sha256 "
        "varchar, row integer, stage varchar, measure varchar, check_id varchar)"
    )
    for suite, check_id in connection.execute("select distinct suite, check_id from breaches order by all").fetchall():
        _record(connection, suite, next(c for c in load(suite) if c.id == check_id))
    return _described(connection)


def _count(connection: "duckdb.DuckDBPyConnection", suite: str) -> None:
    """Add how often each check of a suite looked at something, per form, year and county."""
    checks = load(suite)
    connection.register(
        "checks",
        pa.table(
            {
                "check_id": [c.id for c in checks],
                "severity": [c.severity for c in checks],
                "who_acts": [c.who_acts for c in checks],
            }
        ),
    )
    counts = ", ".join(f'count("{check.id}") as "{check.id}"' for check in checks)
    connection.execute(f"""
        insert into check_counts
        select '{suite.removesuffix("_totals")}', form, year, county_code, check_id, severity, who_acts, n_checked
        from (unpivot (select form, year, county_code, {counts} from batch_{suite} group by all)
            on * exclude (form, year, county_code) into name check_id value n_checked)
        inner join checks using (check_id) where n_checked > 0
    """)


_STAGES = {"all": "", "primary": "小学", "junior": "初中", "senior": "高中"}
# Each of a list's own total rows, held against what the column adds up to.
_CONTROL_TOTALS = """
    create or replace table frame_census_totals as
    with current_files as (
        select distinct year, county_code, file_sha256 from deliveries
        where source = 'census' and form = 'census_list' and status in ('in_force', 'replaced')
            and county_code in (from changed_counties)
    ),
    sums as (
        select year, file_sha256, kind, case when kind = 'total' then row end as row, {sums} from census_lines
        where file_sha256 in (select file_sha256 from current_files)
        group by all
    ),
    long as (
        select year, file_sha256, kind, row, split_part(name, '.', 1) as stage, split_part(name, '.', 2) as measure,
            figure
        from (unpivot sums on * exclude (year, file_sha256, kind, row) into name name value figure)
    )
    select county_code, concat_ws('|', county_code, year, file_sha256, t.row, stage || '.' || measure) as row_key,
        year, file_sha256, t.row, stage, measure, t.figure as control, d.figure as computed
    from current_files
    inner join (from long where kind = 'total') as t using (year, file_sha256)
    inner join (from long where kind = 'data') as d using (year, file_sha256, stage, measure)
"""


def _control_totals() -> str:
    figures = [
        f"{s}.{m}"
        for s, m in measures_of_source("census")
        if measure_kinds()[m] in ("count", "amount") and m != "year_built"
    ]
    return _CONTROL_TOTALS.format(sums=", ".join(f'sum("{f}") as "{f}"' for f in figures))


def _record(connection: "duckdb.DuckDBPyConnection", suite: str, check: Check) -> None:
    """Add the breaches of one check to the findings, and what it sets aside."""
    source = suite.removesuffix("_totals")
    connection.execute(f"""
        create or replace temp table breached as
        select b.form, b.year, b.county_code, split_part(row_key, '|', 3) as file_sha256,
            cast(split_part(row_key, '|', 4) as integer) as row, split_part(row_key, '|', 5) as measure_key
        from breaches inner join batch_{suite} as b using (row_key) where suite = '{suite}' and check_id = '{check.id}'
    """)
    if suite == "census_totals":
        connection.execute(f"""
            insert into findings select '{source}', b.form, year, county_code, file_sha256, row, '{check.id}',
                regexp_replace(cast(control as varchar), '\\.0$', ''),
                regexp_replace(cast(round(computed, 2) as varchar), '\\.0$', ''), stage, measure
            from frame_census_totals inner join breached as b using (year, county_code, file_sha256, row)
            where stage || '.' || measure = measure_key
        """)
    elif check.problem:
        cells = f"""
            from breached as b inner join remarks as c
                on c.source = '{source}' and c.year = b.year and c.file_sha256 = b.file_sha256 and c.row = b.row
                    and c.problem = '{check.problem}'
        """
        connection.execute(
            f"insert into findings select '{source}', b.form, b.year, b.county_code, b.file_sha256, b.row, "
            f"'{check.id}', coalesce(c.raw_text, ''), null, c.stage, c.measure {cells}"
        )
        what = "null, null" if "row" in check.quarantines else "c.stage, c.measure"
        connection.execute(
            f"insert into cells_set_aside select '{source}', b.year, b.county_code, b.file_sha256, b.row, {what}, "
            f"'{check.id}' {cells}"
        )
    else:
        focus = TOKEN.search(check.difference)
        stage, measure = (f"'{focus.group(2)}'", f"'{focus.group(3)}'") if focus else ("'all'", "'school_id'")
        connection.execute(f"""
            insert into findings select '{source}', b.form, w.year, w.county_code, w.file_sha256, w.row, '{check.id}',
                w.found, w.expected, {stage}, {measure}
            from ({frame.breaches_sql(source, check)}) as w inner
                join breached as b using (year, county_code, file_sha256, row)
        """)
        if check.severity == "quarantine":
            _set_aside(connection, source, check)


def _set_aside(connection: "duckdb.DuckDBPyConnection", source: str, check: Check) -> None:
    start = f"insert into cells_set_aside select '{source}', b.year, b.county_code, b.file_sha256, b.row"
    if "row" in check.quarantines:
        connection.execute(f"{start}, null, null, '{check.id}' from breached as b")
        return
    patterns = [
        "(stage = '{}' and measure like '{}' escape '\\')".format(*p.replace("_", r"\_").replace("*", "%").split("."))
        for p in check.quarantines
    ]
    connection.execute(f"""
        {start}, c.stage, c.measure, '{check.id}' from breached as b
        inner join (
            select year, file_sha256, row, stage, measure from {source}_cells
            where file_sha256 in (select file_sha256 from breached)
            union
            select year, file_sha256, row, stage, measure from remarks where source = '{source}' and problem is not null
        ) as c on c.year = b.year and c.file_sha256 = b.file_sha256 and c.row = b.row and ({" or ".join(patterns)})
    """)


def _described(connection: "duckdb.DuckDBPyConnection") -> pa.Table:
    """Return the findings with their place, their school, and the words for a person."""
    names = " union all ".join(_names(source) for source in sources())
    found = connection.sql(f"""
        with names as ({names}),
        -- Filled columns that nobody declared: a total may count them.
        undeclared as (
            select source, year, file_sha256, split_part(cell, '!', 1) as sheet,
                string_agg(distinct name || ' ' || cell, '、' order by name || ' ' || cell) as undeclared
            from ignored where what = 'column' and is_filled and file_sha256 in (select file_sha256 from findings)
            group by all
        )
        select f.*, u.undeclared, p.sheet || case when p.is_hidden then '（隐藏的工作表 hidden sheet）'
            else '' end as sheet,
            case when p.column_letter is not null then p.column_letter || coalesce(p.line, f.row) end as cell,
            s.school_id, s.school_name
        from findings as f
        left join places as p using (source, year, file_sha256, stage, measure)
        left join names as s using (source, year, file_sha256, row)
        left join undeclared as u on f.source = u.source and f.year = u.year and f.file_sha256 = u.file_sha256
            and p.sheet = u.sheet
        order by all
    """).to_arrow_table()
    checks = {c.id: c for suite in (*sources(), "census_totals") for c in load(suite)}
    rows = []
    for row in found.to_pylist():
        check = checks[row["check_id"]]
        found_zh, _, found_en = (row["found"] or "").partition(BILINGUAL)
        facts = {"expected": row["expected"] or ""}
        if check.problem == "word_not_known":
            facts["expected"] = "、".join(spellings()[row["measure"]].values())
        column_zh, column_en = measure_names()[row["measure"]]
        first_zh, first_en = _UNDECLARED if check.is_total and row["undeclared"] else ("", "")
        rows.append(
            {
                **{k: row[k] for k in FINDINGS.names if k in row},
                "severity": check.severity,
                "who_acts": check.who_acts,
                "message_zh": first_zh.format(row["undeclared"])
                + check.zh.format(column=_STAGES[row["stage"]] + column_zh, found=found_zh, **facts),
                "message_en": first_en.format(row["undeclared"])
                + check.en.format(column=f"{column_en}, {row['stage']}", found=found_en or found_zh, **facts),
                "how_to_fix_zh": check.fix_zh,
                "how_to_fix_en": check.fix_en,
            }
        )
    return pa.Table.from_pylist(rows, FINDINGS)


_UNDECLARED = (
    "表中还有填了数、但系统不认识的栏目（{}），合计可能包含它。",
    "The table has filled columns that are not declared ({}); the total may count them. ",
)


def _names(source: str) -> str:
    """Return SQL for who a line of a source speaks of: the school, or the figure."""

    def first(*measures: str) -> str:
        columns = [f'"all.{m}"' for m in measures if ("all", m) in measures_of_source(source)]
        return f"coalesce({', '.join([*columns, 'null'])})"

    return f"""
        select '{source}' as source, year, file_sha256, row, {first("school_id")} as school_id,
            {first("school_name", "metric_name_zh")} as school_name
        from {source}_lines where file_sha256 in (select file_sha256 from findings)
    """
