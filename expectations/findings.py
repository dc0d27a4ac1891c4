"""From breaches to findings, and to the cells and rows that are set aside."""

from typing import TYPE_CHECKING

import pyarrow as pa

from expectations import validation_rows
from expectations.check import Check
from expectations.messages import describe
from expectations.suite import TOKEN, TOTALS, load

if TYPE_CHECKING:
    import duckdb


def find(connection: "duckdb.DuckDBPyConnection") -> pa.Table:
    """Turn table ``breaches`` (suite, check_id, row_key) into findings; leave table ``quarantined_cells`` on the
    connection.

    Expects the bronze views, tables ``deliveries`` and ``superseded_schools``, and the frames.

    Returns:
        One row per finding, schema ``FINDINGS``.
    """
    connection.execute(
        "create or replace table findings (source varchar, form varchar, year integer, county_code varchar, "
        "file_sha256 varchar, row integer, check_id varchar, found varchar, expected varchar, stage varchar, "
        "measure varchar)"
    )
    connection.execute(
        "create or replace table quarantined_cells (source varchar, year integer, county_code varchar, file_sha256 "
        "varchar, row integer, stage varchar, measure varchar, check_id varchar)"
    )
    breached = connection.execute("select distinct suite, check_id from breaches order by all").fetchall()
    for suite in {suite for suite, _ in breached} - {TOTALS}:
        # Few of a nation's rows, which each check that they breach looks at.
        connection.execute(f"""
            create or replace temp table breached_rows_{suite} as
            with keys as (
                select distinct string_split(row_key, '|') as key from breaches where suite = '{suite}'
            ),
            places as (
                select key[1] as county_code, cast(key[2] as integer) as year, key[3] as file_sha256,
                    cast(key[4] as integer) as row
                from keys
            )
            from validation_rows_{suite} semi join places using (county_code, year, file_sha256, row)
        """)
    for suite, check_id in breached:
        _record(connection, suite, next(c for c in load(suite) if c.id == check_id))
    return describe(connection)


def _record(connection: "duckdb.DuckDBPyConnection", suite: str, check: Check) -> None:
    """Add the breaches of one check to the findings, and what it sets aside."""
    source = suite.removesuffix("_totals")
    connection.execute(f"""
        create or replace temp table breached as
        select b.form, b.year, b.county_code, split_part(row_key, '|', 3) as file_sha256,
            cast(split_part(row_key, '|', 4) as integer) as row, split_part(row_key, '|', 5) as measure_key
        from breaches inner join batch_{suite} as b using (row_key) where suite = '{suite}' and check_id = '{check.id}'
    """)
    if suite == TOTALS:
        connection.execute(f"""
            insert into findings select '{source}', b.form, year, county_code, file_sha256, row, '{check.id}',
                regexp_replace(cast(control as varchar), '\\.0$', ''),
                regexp_replace(cast(round(computed, 2) as varchar), '\\.0$', ''), stage, measure
            from control_totals inner join breached as b using (year, county_code, file_sha256, row)
            where stage || '.' || measure = measure_key
        """)
    elif check.problem:
        cells = f"""
            from breached as b inner join cell_issues as c
                on c.source = '{source}' and c.year = b.year and c.file_sha256 = b.file_sha256 and c.row = b.row
                    and c.problem = '{check.problem}'
        """
        connection.execute(
            f"insert into findings select '{source}', b.form, b.year, b.county_code, b.file_sha256, b.row, "
            f"'{check.id}', coalesce(c.raw_text, ''), null, c.stage, c.measure {cells}"
        )
        what = "null, null" if "row" in check.quarantines else "c.stage, c.measure"
        connection.execute(
            f"insert into quarantined_cells select '{source}', b.year, b.county_code, b.file_sha256, b.row, {what}, "
            f"'{check.id}' {cells}"
        )
    else:
        focus = TOKEN.search(check.difference)
        stage, measure = (f"'{focus.group(2)}'", f"'{focus.group(3)}'") if focus else ("'all'", "'school_id'")
        connection.execute(f"""
            insert into findings select '{source}', b.form, w.year, w.county_code, w.file_sha256, w.row, '{check.id}',
                w.found, w.expected, {stage}, {measure}
            from ({validation_rows.breaches_sql(f"breached_rows_{source}", check)}) as w inner
                join breached as b using (year, county_code, file_sha256, row)
        """)
        if check.severity == "quarantine":
            _set_aside(connection, source, check)


def _set_aside(connection: "duckdb.DuckDBPyConnection", source: str, check: Check) -> None:
    start = f"insert into quarantined_cells select '{source}', b.year, b.county_code, b.file_sha256, b.row"
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
            select year, file_sha256, row, stage, measure from cell_issues
            where source = '{source}' and problem is not null
        ) as c on c.year = b.year and c.file_sha256 = b.file_sha256 and c.row = b.row and ({" or ".join(patterns)})
    """)
