"""The batches that are validated: one table per suite, one row per line, one difference per check."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from expectations import validation_rows
from expectations.suite import TOTALS, load
from extract.definitions.forms import measures_of_source
from extract.definitions.vocabulary import measure_kinds

if TYPE_CHECKING:
    import duckdb


def build_batches(connection: "duckdb.DuckDBPyConnection") -> Iterator[list[str]]:
    """Create a table ``batch_<suite>`` for each suite with something to check; count what each check looks at.

    Yields the suites that are there to be checked, while what is left to do can be done beside.
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
    validation_rows.load_seeds(connection)
    validation_rows.find_sizes(connection)
    validation_rows.find_listed_schools(connection)
    for source in suites:
        validation_rows.build_rows(connection, source)
        validation_rows.build_batch(connection, source)
    yield suites
    if "census" in suites:
        connection.execute(_control_totals())
        connection.execute("""
            create or replace table batch_census_totals as
            select county_code, 'census_list' as form, year, row_key,
                round(control - computed, 2) as list_total_equals_column
            from control_totals
        """)
        yield [TOTALS]
        suites.append(TOTALS)
    for suite in suites:
        _count(connection, suite)


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


# Each of a list's own total rows, held against what the column adds up to.
_CONTROL_TOTALS = """
    create or replace table control_totals as
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
